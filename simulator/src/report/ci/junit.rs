//! JUnit: the format in which most CI systems take test results.
//!
//! A scenario is a suite. Each run that failed is a test case, and those that passed are one together. Seed, finding
//! and command stand in the message itself, since some systems show nothing else.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{Failed, Results, Suite};
use simulation::text::count;

/// Writes results.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut dyn Write, results: &Results) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = results
        .suites
        .iter()
        .map(counts)
        .fold([0; 3], |all, one| [all[0] + one[0], all[1] + one[1], all[2] + one[2]]);
    let root = start("testsuites", &[("name", &results.title)], Some(all));
    xml.write_event(Event::Start(root))?;
    results.suites.iter().try_for_each(|suite| write_suite(&mut xml, suite))?;
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writeln!(xml.into_inner())
}

/// Returns the numbers of test cases, of failures and of errors.
fn counts(suite: &Suite) -> [usize; 3] {
    let errors = suite.failures.iter().filter(|failed| failed.signature.is_none()).count();
    let failures = suite.failures.len() - errors + usize::from(suite.more > 0);
    [failures + errors + usize::from(suite.passed > 0), failures, errors]
}

fn start(
    name: &'static str,
    attributes: &[(&str, &str)],
    counts: Option<[usize; 3]>,
) -> BytesStart<'static> {
    let mut element = BytesStart::new(name);
    for (key, value) in attributes {
        element.push_attribute((*key, clean(value).as_str()));
    }
    if let Some(counts) = counts {
        for (key, value) in ["tests", "failures", "errors"].into_iter().zip(counts) {
            element.push_attribute((key, value.to_string().as_str()));
        }
    }
    element
}

fn write_suite<W: Write>(xml: &mut Writer<W>, suite: &Suite) -> io::Result<()> {
    let name = suite.name.as_str();
    let element = start("testsuite", &[("name", name)], Some(counts(suite)));
    xml.write_event(Event::Start(element))?;
    let case = |case: &str| start("testcase", &[("name", case), ("classname", name)], None);
    for failed in &suite.failures {
        xml.write_event(Event::Start(case(&failed.case)))?;
        write_failure(xml, failed)?;
        xml.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    if suite.more > 0 {
        let more = count(suite.more, "more failing run");
        xml.write_event(Event::Start(case(&more)))?;
        let message = format!("{more}, which are not listed");
        let attributes = [("message", message.as_str()), ("type", "more")];
        xml.write_event(Event::Empty(start("failure", &attributes, None)))?;
        xml.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    if suite.passed > 0 {
        let passed = count(suite.passed, "passing run");
        xml.write_event(Event::Empty(case(&passed)))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn write_failure<W: Write>(xml: &mut Writer<W>, failed: &Failed) -> io::Result<()> {
    let element = if failed.signature.is_some() { "failure" } else { "error" };
    let (message, kind) = (failed.message(), failed.kind());
    let attributes = [("message", message.as_str()), ("type", kind.as_str())];
    xml.write_event(Event::Start(start(element, &attributes, None)))?;
    let text = clean(&format!("{}\n{}", failed.reason, failed.command));
    xml.write_event(Event::Text(BytesText::new(text.trim_end())))?;
    xml.write_event(Event::End(BytesEnd::new(element)))
}

/// Returns a text without the characters that XML 1.0 does not allow, not even escaped, and without control
/// characters of the range that old parsers refuse.
fn clean(text: &str) -> String {
    let is_allowed = |letter: &char| {
        let is_space = matches!(letter, '\t' | '\n');
        let is_known = !matches!(letter, '\u{fffe}' | '\u{ffff}');
        is_space || (!letter.is_control() && is_known)
    };
    text.chars().filter(is_allowed).collect()
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::super::tests::some;
    use super::*;

    #[test]
    fn whatever_a_reason_holds_is_read_back() {
        let reason = "a<b> & \"c\" 'd' ]]> \u{1b}[31m\u{0}é\u{ffff}";
        let mut written = Vec::new();
        write(&mut written, &some(reason)).expect("memory");
        let text = String::from_utf8(written).expect("UTF-8");
        let mut reader = Reader::from_str(&text);
        let (mut messages, mut names) = (Vec::new(), Vec::new());
        loop {
            match reader.read_event().expect("XML") {
                Event::Eof => break,
                Event::Start(element) | Event::Empty(element) => {
                    names.push(element.name().as_ref().to_owned());
                    for attribute in element.attributes() {
                        let attribute = attribute.expect("an attribute");
                        if attribute.key.as_ref() == "message" {
                            let text = attribute.value.into_owned();
                            messages.push(
                                quick_xml::escape::unescape(&text).expect("text").into_owned(),
                            );
                        }
                    }
                }
                _ => {}
            }
        }
        let clean = "a<b> & \"c\" 'd' ]]> [31mé";
        let command = "simulator replay failures/storm-3.json";
        assert_eq!(messages[0], format!("seed 3: liveness/recovery: {clean}; {command}"));
        assert_eq!(messages[3], format!("seed 6: not run: {clean}"));
        assert_eq!(names[..4], ["testsuites", "testsuite", "testcase", "testsuite"]);
        assert_eq!(names.iter().filter(|name| *name == "testcase").count(), 5);
        assert!(
            text.contains(r#"<testsuites name="explore" tests="5" failures="3" errors="1">"#),
            "{text}"
        );
        assert!(!text.contains('\u{1b}') && !text.contains('\u{0}'));
    }
}
