//! Docker Engine adapter.
