//! The page's file: the template, the style, the script, and the data, compressed.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, Value, context};
use miniz_oxide::deflate::compress_to_vec;

use super::data::Data;
use super::script;

const PAGE: &str = include_str!("viewer/page.html");
const STYLE: &str = concat!(include_str!("viewer/style.css"), include_str!("viewer/explained.css"));

/// Writes a page of data, with a report that says the same in words.
pub(super) fn write(out: &mut dyn Write, data: &Data<'_>, report: &str) -> io::Result<()> {
    let script = script::viewer();
    let (size, packed) = pack(data)?;
    let values = context! {
        title => &data.title,
        verdict => data.verdict,
        policy => policy(&[STYLE], &[&script]),
        style => STYLE,
        script => script,
        size,
        data => packed,
        report => report,
    };
    render(out, "page.html", PAGE, values)
}

/// Renders a template, in which every text is escaped unless the template says otherwise.
pub(super) fn render(
    out: &mut dyn Write,
    name: &str,
    template: &str,
    values: Value,
) -> io::Result<()> {
    let mut templates = Environment::new();
    templates.add_template(name, template).map_err(io::Error::other)?;
    let template = templates.get_template(name).map_err(io::Error::other)?;
    let text = template.render(values).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

/// Returns the policy that lets a browser load nothing, and run and apply only these very texts.
pub(super) fn policy(styles: &[&str], scripts: &[&str]) -> String {
    let hashes = |texts: &[&str]| {
        let hash = |text: &&str| {
            format!("'sha256-{}'", STANDARD.encode(hmac_sha256::Hash::hash(text.as_bytes())))
        };
        texts.iter().map(hash).collect::<Vec<_>>().join(" ")
    };
    let (styles, scripts) = (hashes(styles), hashes(scripts));
    let scripts = if scripts.is_empty() { "'none'" } else { &scripts };
    format!(
        "default-src 'none'; style-src {styles}; script-src {scripts}; base-uri 'none'; form-action 'none'"
    )
}

/// Returns the size of data as JSON and columns, and the same deflated, in base64.
fn pack(data: &Data<'_>) -> io::Result<(usize, String)> {
    /// Higher ones take several times as long for a few hundredths.
    const LEVEL: u8 = 6;
    let bytes = data.columns.after(&serde_json::to_vec(data)?);
    Ok((bytes.len(), STANDARD.encode(compress_to_vec(&bytes, LEVEL))))
}
