//! Tables as spreadsheets read and write them: CSV in UTF-8 with a mark at its beginning, which some need to know the encoding.

use super::{Code, Language, Refusal};

const MARK: char = '\u{feff}';
/// The characters with which a formula begins in a spreadsheet.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A table that somebody gave us.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    pub lines: Vec<TableLine>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct TableLine {
    /// Where it begins in the file, from 1.
    pub number: usize,
    pub cells: Vec<String>,
}

impl Table {
    /// Lines without any text are left out. Refuses `table_unreadable` where a quotation mark is missing or there is no header, and
    /// `table_too_long`.
    pub fn read(text: &str, most_lines: usize) -> Result<Self, Refusal> {
        let text = text.strip_prefix(MARK).unwrap_or(text);
        let unreadable = || Refusal::field(Code::TableUnreadable, "table");
        // Inside of a cell a mark is written twice.
        if !text.matches('"').count().is_multiple_of(2) {
            return Err(unreadable());
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator_of(text))
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|_| unreadable())?;
            let number = line_at(text, record.position().map_or(0, csv::Position::byte));
            let cells: Vec<String> = record.iter().map(|cell| plain(cell).to_owned()).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                lines.push(TableLine { number, cells });
            }
            if lines.len() > most_lines + 1 {
                return Err(Refusal::field(Code::TableTooLong, "table"));
            }
        }
        if lines.is_empty() {
            return Err(unreadable());
        }
        let header = lines.remove(0).cells;
        Ok(Self { header, lines })
    }

    /// In the dialect of the reader's spreadsheet.
    pub fn write<'a>(
        language: Language,
        lines: impl IntoIterator<Item = Vec<std::borrow::Cow<'a, str>>>,
    ) -> Result<String, csv::Error> {
        let mut bytes = MARK.to_string().into_bytes();
        let mut writer = csv::WriterBuilder::new()
            .delimiter(language.cell_separator())
            .terminator(csv::Terminator::CRLF)
            .from_writer(&mut bytes);
        for line in lines {
            writer.write_record(line.iter().map(|cell| harmless(cell)).map(String::into_bytes))?;
        }
        writer.flush()?;
        drop(writer);
        Ok(String::from_utf8(bytes).unwrap_or_default())
    }
}

/// The line in which a record begins. The reader counts from before the empty lines that it leaves out.
fn line_at(text: &str, byte: u64) -> usize {
    let byte = usize::try_from(byte).unwrap_or(usize::MAX);
    let rest = text.get(byte..).unwrap_or_default();
    let begin = text.len() - rest.trim_start_matches(['\r', '\n']).len();
    text.get(..begin).unwrap_or_default().matches('\n').count() + 1
}

/// A cell that a spreadsheet shows, and does not compute.
fn harmless(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

/// The opposite: a table that we wrote can be read again.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

/// The one that stands most often in the header, outside of quotation marks.
fn separator_of(text: &str) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b';', 0_u32), (b',', 0), (b'\t', 0)];
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            _ => {
                for (separator, count) in &mut counts {
                    *count += u32::from(*separator == byte);
                }
            }
        }
    }
    let [semicolon, comma, tab] = counts;
    let mut best = semicolon;
    for other in [comma, tab] {
        if other.1 > best.1 {
            best = other;
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let table = Table::read(text, 10).unwrap();
        [table.header].into_iter().chain(table.lines.into_iter().map(|line| line.cells)).collect()
    }

    #[test]
    fn every_spreadsheets_dialect_is_read() {
        let expected = [["name", "city"], ["Durand, Paul", "L'Haÿ; \"les\" Roses\nFrance"], ["Zoé", ""]];
        for text in [
            "\u{feff}name;city\r\n\"Durand, Paul\";\"L'Haÿ; \"\"les\"\" Roses\nFrance\"\r\nZoé;\r\n",
            "name,city\n\"Durand, Paul\",\"L'Haÿ; \"\"les\"\" Roses\nFrance\"\n\n , \nZoé,",
            "name\tcity\n\"Durand, Paul\"\t\"L'Haÿ; \"\"les\"\" Roses\nFrance\"\nZoé\t\n",
            "\"name\";\"city\"\n\"Durand, Paul\";\"L'Haÿ; \"\"les\"\" Roses\nFrance\"\n\"Zoé\";\"\"",
        ] {
            assert_eq!(cells(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_knows_where_it_stood_and_may_have_too_few_cells_or_too_many() {
        let table = Table::read("a;b\n\n\"x\ny\";2\n3\n4;5;6\n", 10).unwrap();
        let lines: Vec<(usize, usize)> = table.lines.iter().map(|line| (line.number, line.cells.len())).collect();
        assert_eq!(lines, [(3, 2), (5, 1), (6, 3)]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for broken in ["", "\u{feff}", "\n\n", "a;b\n\"open;1\n2;3\n"] {
            assert_eq!(Table::read(broken, 10).unwrap_err().code, Code::TableUnreadable, "{broken:?}");
        }
        let lines = |count: usize| format!("a\n{}", "x\n".repeat(count));
        assert_eq!(Table::read(&lines(10), 10).unwrap().lines.len(), 10);
        assert_eq!(Table::read(&lines(11), 10).unwrap_err().code, Code::TableTooLong);
    }

    #[test]
    fn no_cell_becomes_a_formula_and_all_are_read_again() {
        let line = ["=1+1", "+33 6 12", "-2", "@SUM(A1)", "a=b", "it's", "a;b,c", "two\nlines", "\"quoted\"", ""];
        for (language, separator) in [(Language::Fr, ';'), (Language::En, ',')] {
            let header = (1..=line.len()).map(|number| number.to_string().into()).collect();
            let text = Table::write(language, [header, line.map(Into::into).to_vec()]).unwrap();
            assert!(text.starts_with(&format!("\u{feff}1{separator}2{separator}")), "{text:?}");
            let expected = ["'=1+1", "'+33 6 12", "'-2", "'@SUM(A1)", "a=b"].join(&separator.to_string());
            assert!(text.contains(&format!("\r\n{expected}{separator}")), "{text:?}");
            assert_eq!(cells(&text)[1], line);
        }
    }
}
