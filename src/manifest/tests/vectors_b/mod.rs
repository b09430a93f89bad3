//! Behaviour of the old tool that was observed manifest by manifest, as tables: storage, network, topics,
//! logging, containers, overrides, environments and what is rendered from them. Every observed row is in a
//! table, also where this project decides differently (`spec/manifest.md` §9); such a row says why.
//! Tables Q and AA, which need an environment's stack, are beside the checks of `deploy`.

mod containers;
mod environments;
mod facts;
mod network;
mod overrides;
mod rendering;
mod resources;
mod row;
mod storage;
