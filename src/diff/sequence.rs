//! The longest common subsequence of two lists, the very one that the comparison's rules choose among
//! equally long ones: an equal pair is taken at once; else the new list advances
//! if more can be had that way, else the old one.
//!
//! The textbook table is not built. Equal items at the start are pairs whatever follows; equal items at
//! the end shift all numbers in the table alike, and once one list is used up to there, each remaining
//! item of it goes with the first equal one. In between, items without any equal one do not count, and
//! the table of the others is kept as one bit a cell (bit-parallel rows after Hyyrö, 2004).

use std::collections::{HashMap, HashSet};

use super::normal::Class;

/// Cells of the largest table, 32 MB. Beyond it only items that occur once in both lists are paired.
const MAX_CELLS: usize = 1 << 28;

/// Which items are equal: those of one class, and those of classes named here.
#[derive(Default)]
pub(super) struct Relation {
    /// For a class of the old list, further classes of the new one.
    pub also: HashMap<Class, Vec<Class>>,
}

impl Relation {
    fn equal(&self, old: Option<&Class>, new: Option<&Class>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) => {
                old == new || self.also.get(old).is_some_and(|classes| classes.contains(new))
            }
            _ => false,
        }
    }
}

/// The positions of the common items, in both lists.
pub(super) fn common(old: &[Class], new: &[Class], relation: &Relation) -> Vec<(usize, usize)> {
    common_within(old, new, relation, MAX_CELLS)
}

fn common_within(old: &[Class], new: &[Class], relation: &Relation, max_cells: usize) -> Vec<(usize, usize)> {
    let equal = |i: usize, j: usize| relation.equal(old.get(i), new.get(j));
    let mut pairs = Vec::new();
    let start = (0..old.len().min(new.len())).take_while(|at| equal(*at, *at)).count();
    pairs.extend((0..start).map(|at| (at, at)));
    let mut ends = (old.len(), new.len());
    while ends.0 > start && ends.1 > start && equal(ends.0 - 1, ends.1 - 1) {
        ends = (ends.0 - 1, ends.1 - 1);
    }
    let (mut i, mut j) = (start, start);
    if i < ends.0 && j < ends.1 {
        let middle_old = old.get(start..ends.0).unwrap_or_default();
        let middle_new = new.get(start..ends.1).unwrap_or_default();
        match Table::new(middle_old, middle_new, relation, max_cells) {
            Some(table) => {
                while i < ends.0 && j < ends.1 {
                    if equal(i, j) {
                        pairs.push((i, j));
                        (i, j) = (i + 1, j + 1);
                    } else if table.new_advances(i - start, j - start) {
                        j += 1;
                    } else {
                        i += 1;
                    }
                }
            }
            None => {
                let unique = unique_pairs(middle_old, middle_new);
                pairs.extend(unique.into_iter().map(|(i, j)| (i + start, j + start)));
                (i, j) = ends;
            }
        }
    }
    // One list is used up to the equal end: what is left of it is found in the other, the first at a time.
    let old_is_used = i >= ends.0;
    while i < old.len() && j < new.len() {
        if equal(i, j) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if old_is_used {
            j += 1;
        } else {
            i += 1;
        }
    }
    pairs
}

/// Lengths of the longest common subsequences of all pairs of ends of two lists.
struct Table {
    /// Row `r` holds, for the old items from the `r`th counted one on, one bit for each counted new item,
    /// the last first: 0 where the length grows by one.
    bits: Vec<u64>,
    words: usize,
    columns: usize,
    /// For each position, the number of counted items before it, and whether it is one.
    old: Vec<(usize, bool)>,
    new: Vec<usize>,
}

impl Table {
    fn new(old: &[Class], new: &[Class], relation: &Relation, max_cells: usize) -> Option<Self> {
        let mut places: HashMap<Class, Vec<usize>> = HashMap::new();
        for (at, class) in new.iter().enumerate() {
            places.entry(*class).or_default().push(at);
        }
        let matching = |class: &Class| {
            let also = relation.also.get(class).map(Vec::as_slice).unwrap_or_default();
            let mut classes = vec![*class];
            classes.extend(also.iter().filter(|other| *other != class));
            classes
        };
        let distinct: HashSet<Class> = old.iter().copied().collect();
        let wanted: HashSet<Class> = distinct.iter().flat_map(matching).collect();
        let mut columns = 0;
        let new_counted: Vec<usize> = new
            .iter()
            .map(|class| {
                let before = columns;
                columns += usize::from(wanted.contains(class));
                before
            })
            .chain([0])
            .collect();
        let counted: HashSet<Class> =
            distinct.into_iter().filter(|c| matching(c).iter().any(|c| places.contains_key(c))).collect();
        let mut rows = 0;
        let old_counted: Vec<(usize, bool)> = old
            .iter()
            .map(|class| {
                let before = (rows, counted.contains(class));
                rows += usize::from(before.1);
                before
            })
            .chain([(0, false)])
            .collect();
        if rows.checked_mul(columns).is_none_or(|cells| cells > max_cells) {
            return None;
        }
        let words = columns.div_ceil(64);
        let mut table = Self {
            bits: vec![u64::MAX; (rows + 1) * words],
            words,
            columns,
            old: old_counted,
            new: new_counted,
        };
        if let Some(end) = table.old.last_mut() {
            end.0 = rows;
        }
        if let Some(end) = table.new.last_mut() {
            *end = columns;
        }
        table.fill(old, &places, matching);
        Some(table)
    }

    fn fill(
        &mut self,
        old: &[Class],
        places: &HashMap<Class, Vec<usize>>,
        matching: impl Fn(&Class) -> Vec<Class>,
    ) {
        // Masks of items that are found in many places are kept; there are at most as many as words.
        let mut masks: HashMap<Class, Vec<u64>> = HashMap::new();
        let mut mask = vec![0_u64; self.words];
        for (at, class) in old.iter().enumerate().rev() {
            let Some((row, true)) = self.old.get(at).copied() else { continue };
            if let Some(kept) = masks.get(class) {
                self.fill_row(row, kept.as_slice().to_vec().as_slice());
                continue;
            }
            let found: Vec<usize> = matching(class)
                .iter()
                .filter_map(|class| places.get(class))
                .flatten()
                .filter_map(|place| self.new.get(*place))
                .map(|column| self.columns - 1 - column)
                .collect();
            for bit in &found {
                if let Some(word) = mask.get_mut(bit / 64) {
                    *word |= 1 << (bit % 64);
                }
            }
            self.fill_row(row, &mask);
            if found.len() > 64 {
                masks.insert(*class, mask.clone());
            }
            for bit in found {
                if let Some(word) = mask.get_mut(bit / 64) {
                    *word = 0;
                }
            }
        }
    }

    /// Row `row` from the one below it.
    fn fill_row(&mut self, row: usize, mask: &[u64]) {
        let (above, below) = self.bits.split_at_mut((row + 1) * self.words);
        let target = above.iter_mut().skip(row * self.words);
        let mut carry = false;
        for ((target, source), mask) in target.zip(below.iter()).zip(mask) {
            let common = source & mask;
            let (sum, first) = source.overflowing_add(common);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            *target = sum | (source & !mask);
        }
    }

    /// The length for the counted old items from `row` and the counted new ones from `column`.
    fn length(&self, row: usize, column: usize) -> usize {
        let bits = self.columns.saturating_sub(column);
        let row = self.bits.get(row * self.words..(row + 1) * self.words).unwrap_or_default();
        let (full, rest) = (bits / 64, bits % 64);
        let zeros: u32 = row.iter().take(full).map(|word| word.count_zeros()).sum();
        let partial =
            row.get(full).filter(|_| rest > 0).map_or(0, |word| (!word & ((1 << rest) - 1)).count_ones());
        (zeros + partial) as usize
    }

    /// What the walk does at a pair that is not equal.
    fn new_advances(&self, i: usize, j: usize) -> bool {
        let (Some((row, true)), Some(column)) = (self.old.get(i).copied(), self.new.get(j).copied()) else {
            // An old item without an equal one never holds up the new list.
            return false;
        };
        let Some(next) = self.new.get(j + 1).copied() else { return false };
        self.length(row + 1, column) < self.length(row, next)
    }
}

/// The longest run of pairs, in both orders, of items that occur once in each list.
fn unique_pairs(old: &[Class], new: &[Class]) -> Vec<(usize, usize)> {
    let once = |list: &[Class]| {
        let mut places: HashMap<Class, Option<usize>> = HashMap::new();
        for (at, class) in list.iter().enumerate() {
            places.entry(*class).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let (old_places, new_places) = (once(old), once(new));
    let pairs: Vec<(usize, usize)> = old
        .iter()
        .enumerate()
        .filter(|(_, class)| old_places.get(class).is_some_and(Option::is_some))
        .filter_map(|(i, class)| Some((i, new_places.get(class).copied().flatten()?)))
        .collect();
    // Longest increasing subsequence of the second positions by patience sorting.
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |at: usize| pairs.get(at).map_or(0, |pair| pair.1);
    for at in 0..pairs.len() {
        let pile = piles.partition_point(|top| second(*top) < second(at));
        before.push(pile.checked_sub(1).and_then(|left| piles.get(left).copied()));
        match piles.get_mut(pile) {
            Some(top) => *top = at,
            None => piles.push(at),
        }
    }
    let mut chain = Vec::new();
    let mut at = piles.last().copied();
    while let Some(current) = at {
        chain.extend(pairs.get(current));
        at = before.get(current).copied().flatten();
    }
    chain.reverse();
    chain
}

/// A step of the comparison of two lists; positions in the old and the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Same(usize, usize),
    Modified(usize, usize),
    Deleted(usize),
    Inserted(usize),
}

/// Goes through two lists of these lengths with their common items: others are paired by position, what
/// is left over is deleted or inserted.
pub(super) fn steps(old: usize, new: usize, common: &[(usize, usize)]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(old.max(new));
    let (mut i, mut j) = (0, 0);
    for (next_old, next_new) in common.iter().copied().chain([(old, new)]) {
        while i < next_old && j < next_new {
            steps.push(Step::Modified(i, j));
            (i, j) = (i + 1, j + 1);
        }
        steps.extend((i..next_old).map(Step::Deleted));
        steps.extend((j..next_new).map(Step::Inserted));
        if (next_old, next_new) != (old, new) {
            steps.push(Step::Same(next_old, next_new));
        }
        (i, j) = (next_old + 1, next_new + 1);
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule as it is written down.
    fn textbook(old: &[Class], new: &[Class], relation: &Relation) -> Vec<(usize, usize)> {
        let equal = |i: usize, j: usize| relation.equal(old.get(i), new.get(j));
        let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                table[i][j] =
                    if equal(i, j) { 1 + table[i + 1][j + 1] } else { table[i + 1][j].max(table[i][j + 1]) };
            }
        }
        let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
        while i < old.len() && j < new.len() {
            if equal(i, j) {
                pairs.push((i, j));
                (i, j) = (i + 1, j + 1);
            } else if table[i + 1][j] < table[i][j + 1] {
                j += 1;
            } else {
                i += 1;
            }
        }
        pairs
    }

    fn of(text: &str) -> Vec<Class> {
        text.bytes().map(Class::from).collect()
    }

    #[test]
    fn ties_go_to_the_old_list() {
        for (old, new, want) in [
            ("", "", vec![]),
            ("abc", "abc", vec![(0, 0), (1, 1), (2, 2)]),
            ("acbbd", "aBbccd", vec![(0, 0), (3, 2), (4, 5)]),
            ("as", "bss", vec![(1, 1)]),
            ("xxx", "xx", vec![(0, 0), (1, 1)]),
            ("abcd", "acbd", vec![(0, 0), (2, 1), (3, 3)]),
        ] {
            assert_eq!(common(&of(old), &of(new), &Relation::default()), want, "{old} {new}");
        }
    }

    #[test]
    fn lists_beyond_the_limit_pair_what_occurs_once() {
        let none = Relation::default();
        assert_eq!(common_within(&of("abcxdd"), &of("xadbdc"), &none, 1), [(0, 1), (1, 3), (2, 5)]);
        assert_eq!(common_within(&of("aab"), &of("baa"), &none, 1), [(2, 0)]);
    }

    #[test]
    fn what_is_between_common_items_is_paired_by_position() {
        use Step::*;
        assert_eq!(
            steps(4, 5, &[(1, 0), (3, 3)]),
            [Deleted(0), Same(1, 0), Modified(2, 1), Inserted(2), Same(3, 3), Inserted(4)]
        );
        assert_eq!(steps(0, 1, &[]), [Inserted(0)]);
        assert_eq!(steps(2, 1, &[]), [Modified(0, 0), Deleted(1)]);
    }

    #[test]
    fn large_permutations_take_little_time() {
        let old: Vec<Class> = (0..5_000).collect();
        let new: Vec<Class> = (0..5_000).rev().collect();
        assert_eq!(common(&old, &new, &Relation::default()), [(4999, 0)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
        #[test]
        fn is_the_textbook_rule(
            old in proptest::collection::vec(0..6_u32, 0..20),
            new in proptest::collection::vec(0..8_u32, 0..20),
            also in proptest::collection::hash_map(0..6_u32, proptest::collection::vec(0..8_u32, 0..3), 0..3),
        ) {
            let relation = Relation { also };
            prop_assert_eq!(common(&old, &new, &relation), textbook(&old, &new, &relation));
        }

        #[test]
        fn is_the_textbook_rule_in_long_lists(
            old in proptest::collection::vec(0..40_u32, 100..200),
            new in proptest::collection::vec(0..40_u32, 100..200),
        ) {
            let none = Relation::default();
            prop_assert_eq!(common(&old, &new, &none), textbook(&old, &new, &none));
        }
    }
}
