//! Tables as the old tool laid them out: cells as wide as the widest of their column and two blanks more, at least ten
//! characters with the indent, or twenty where the table stands alone. Scripts cut such output by columns.

use super::clean;
use super::paint::Paint;
use crate::text::one_line;

/// How a table is laid out.
#[derive(Clone, Copy)]
struct Layout {
    /// Blanks before each line.
    indent: &'static str,
    /// The least width of a column, the first one's indent included.
    min_width: usize,
}

/// Below a heading.
const SECTION: Layout = Layout { indent: "  ", min_width: 10 };
/// Alone, as the old tool had it.
const LIST: Layout = Layout { indent: "", min_width: 20 };
/// Alone, as wide as it needs to be.
const COMPACT: Layout = Layout { indent: "", min_width: 0 };

/// Blanks between two columns.
const PADDING: usize = 2;

/// Text in sections of tables.
pub(super) struct Sections {
    text: String,
    paint: Paint,
}

impl Sections {
    pub(super) fn new(paint: Paint) -> Self {
        Self { text: String::new(), paint }
    }

    /// Adds a table under a heading.
    pub(super) fn table(&mut self, heading: &str, table: &Table) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&self.paint.bold(heading));
        self.text.push_str("\n\n");
        self.text.push_str(&table.text(SECTION));
    }

    pub(super) fn text(self) -> String {
        self.text
    }
}

/// Rows of cells.
#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table whose columns have names, underlined.
    pub(super) fn headed(names: &[&str]) -> Self {
        let mut table = Self::default();
        table.row(names.iter().copied());
        let lines: Vec<String> = names.iter().map(|name| "-".repeat(name.chars().count())).collect();
        table.row(lines.iter().map(String::as_str));
        table
    }

    /// Adds a row. Its texts may come from outside.
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let harmless = |cell: &str| one_line(&clean::text(&one_line(cell)));
        self.rows.push(cells.into_iter().map(harmless).collect());
    }

    /// The table without anything around it.
    pub(super) fn list(&self) -> String {
        self.text(LIST)
    }

    /// The same with columns as wide as they need to be.
    pub(super) fn compact(&self) -> String {
        self.text(COMPACT)
    }

    fn text(&self, layout: Layout) -> String {
        let mut text = String::new();
        for row in &self.rows {
            text.push_str(layout.indent);
            for (column, cell) in row.iter().enumerate() {
                text.push_str(cell);
                // What is last in its line is as long as it is.
                if column + 1 < row.len() {
                    let used = cell.chars().count() + layout.indent(column);
                    let missing = self.width(column, layout).saturating_sub(used);
                    text.extend(std::iter::repeat_n(' ', missing));
                }
            }
            text.push('\n');
        }
        text
    }

    /// Width of a column with what separates it from the next.
    fn width(&self, column: usize, layout: Layout) -> usize {
        let cells = self.rows.iter().filter(|row| column + 1 < row.len()).filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count() + layout.indent(column)).max().unwrap_or_default();
        layout.min_width.max(widest + PADDING)
    }
}

impl Layout {
    /// What the indent takes of a column.
    fn indent(self, column: usize) -> usize {
        if column == 0 { self.indent.len() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::headed(&["Name", "Type", "Environments"]);
        table.row(["report-gen", "Scheduled Job", "prod, test"]);
        table.row(["a", "", "-"]);
        table.row(["日本", "b", ""]);
        let mut sections = Sections::new(Paint(false));
        sections.table("Workloads", &table);
        sections.table("Pipelines", &Table::headed(&["Name"]));
        insta::assert_snapshot!(sections.text().replace(' ', "·"), @r"
        Workloads

        ··Name········Type···········Environments
        ··----········----···········------------
        ··report-gen··Scheduled·Job··prod,·test
        ··a··························-
        ··日本··········b··············

        Pipelines

        ··Name
        ··----
        ");
    }

    #[test]
    fn cells_from_outside_are_harmless() {
        let mut table = Table::default();
        table.row(["a\u{1b}[31mb\tc", "d\ne\u{202e}f\r"]);
        assert_eq!(table.text(SECTION), "  ab c    d ef \n");
    }

    #[test]
    fn a_list_has_wider_columns_and_no_indent() {
        let mut table = Table::headed(&["Name", "Type"]);
        table.row(["report-gen", "Scheduled Job"]);
        insta::assert_snapshot!(table.list().replace(' ', "·"), @"
        Name················Type
        ----················----
        report-gen··········Scheduled·Job
        ");
    }

    #[test]
    fn headings_stand_out_on_a_terminal() {
        let mut sections = Sections::new(Paint(true));
        sections.table("Tags", &Table::default());
        assert_eq!(sections.text(), "\u{1b}[1mTags\u{1b}[22m\n\n");
    }
}
