//! Tables as the old tool laid them out: cells as wide as the widest of their column and two blanks more, at least ten
//! characters with the indent. Scripts cut such output by columns.

use super::clean;
use super::paint::Paint;
use crate::text::one_line;

/// Blanks before each line.
const INDENT: &str = "  ";
/// Blanks between two columns.
const PADDING: usize = 2;
/// The least width of a column, the first one's indent included.
const MIN_WIDTH: usize = 10;

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
        self.text.push_str(&table.text());
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

    fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            text.push_str(INDENT);
            for (column, cell) in row.iter().enumerate() {
                text.push_str(cell);
                // What is last in its line is as long as it is.
                if column + 1 < row.len() {
                    let missing = self.width(column).saturating_sub(cell.chars().count() + indent(column));
                    text.extend(std::iter::repeat_n(' ', missing));
                }
            }
            text.push('\n');
        }
        text
    }

    /// Width of a column with what separates it from the next.
    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter(|row| column + 1 < row.len()).filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count() + indent(column)).max().unwrap_or_default();
        MIN_WIDTH.max(widest + PADDING)
    }
}

/// What the indent takes of a column.
fn indent(column: usize) -> usize {
    if column == 0 { INDENT.len() } else { 0 }
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
        assert_eq!(table.text(), "  ab c    d ef \n");
    }

    #[test]
    fn headings_stand_out_on_a_terminal() {
        let mut sections = Sections::new(Paint(true));
        sections.table("Tags", &Table::default());
        assert_eq!(sections.text(), "\u{1b}[1mTags\u{1b}[22m\n\n");
    }
}
