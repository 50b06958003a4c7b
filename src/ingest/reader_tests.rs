use super::{Next, Record, Records};
use crate::ingest::words::Reason;

/// Every record as line and fields, every broken one as line and reason.
fn read(text: &[u8], separator: u8) -> Vec<(u64, Result<Vec<String>, Reason>)> {
    let mut records = Records::new(text, separator);
    let mut record = Record::default();
    let mut all = Vec::new();
    loop {
        match records.next(&mut record).expect("memory is readable") {
            Next::Record => {
                let fields =
                    (0..record.width()).map(|at| String::from_utf8_lossy(record.field(at)).into_owned()).collect();
                all.push((record.line(), Ok(fields)));
            }
            Next::Broken(broken) => all.push((broken.line, Err(broken.reason))),
            Next::End => return all,
        }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "what a record is compared with is a result")]
fn fields(list: &[&str]) -> Result<Vec<String>, Reason> {
    Ok(list.iter().map(|&field| field.to_owned()).collect())
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_not_part_of_a_field() {
    assert_eq!(read(b"\xEF\xBB\xBFa\tb\r\n1\t2\r\n", b'\t'), [(1, fields(&["a", "b"])), (2, fields(&["1", "2"]))]);
}

#[test]
fn blank_lines_and_lines_of_separators_alone_are_no_records_but_are_counted() {
    assert_eq!(read(b"a,b\n\n ,\n1,2\n\n", b','), [(1, fields(&["a", "b"])), (4, fields(&["1", "2"]))]);
}

#[test]
fn a_quoted_field_keeps_separators_quotes_and_line_breaks() {
    let text = b"a,b\n1,\"x, \"\"y\"\"\r\nz\"\n2,c\n";
    assert_eq!(
        read(text, b','),
        [(1, fields(&["a", "b"])), (2, fields(&["1", "x, \"y\"\nz"])), (4, fields(&["2", "c"]))]
    );
}

#[test]
fn a_quote_inside_a_field_is_just_a_quote() {
    assert_eq!(read(b"5'11\" tall\tb\n", b'\t'), [(1, fields(&["5'11\" tall", "b"]))]);
}

#[test]
fn spaces_after_a_comma_do_not_hide_a_quote() {
    assert_eq!(read(b"1, \"a, b\", c\n", b','), [(1, fields(&["1", "a, b", " c"]))]);
}

#[test]
fn a_quote_that_never_closes_costs_one_row_and_not_the_rest_of_the_file() {
    let mut text = b"1,\"open\n".to_vec();
    for number in 2..100 {
        text.extend(format!("{number},b\n").bytes());
    }
    let all = read(&text, b',');
    assert_eq!(all[0], (1, Err(Reason::UnclosedQuote)));
    assert_eq!(all.len(), 99);
    assert_eq!(all[98], (99, fields(&["99", "b"])));
}

#[test]
fn a_line_without_an_end_is_refused_without_being_kept() {
    let mut text = b"a,b\n".to_vec();
    text.extend(std::iter::repeat_n(b'x', 600_000));
    text.extend(b"\n1,2\n");
    assert_eq!(read(&text, b','), [(1, fields(&["a", "b"])), (2, Err(Reason::TooLong)), (3, fields(&["1", "2"]))]);
}

#[test]
fn the_last_line_needs_no_line_end() {
    assert_eq!(read(b"a|b\n1|", b'|'), [(1, fields(&["a", "b"])), (2, fields(&["1", ""]))]);
}

#[test]
fn a_line_that_is_too_long_within_an_open_quote_is_told_of_too() {
    let mut text = b"1,\"open\n2,b\n".to_vec();
    text.extend(std::iter::repeat_n(b'x', 300 * 1024));
    text.extend(b"\n4,d\n");
    assert_eq!(
        read(&text, b','),
        [
            (1, Err(Reason::UnclosedQuote)),
            (2, fields(&["2", "b"])),
            (3, Err(Reason::TooLong)),
            (4, fields(&["4", "d"])),
        ]
    );
}
