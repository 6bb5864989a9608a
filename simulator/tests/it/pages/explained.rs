//! The page of a failure with what decided it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::json;
use simulation::explain::{Explanation, explain};
use simulation::failure::Failure;
use simulator::report::html;

use super::{assert_silent, lost_value, outcome, window};
use crate::shrinking::primary_backup::PrimaryBackup;
use crate::support::Scratch;
use crate::support::browser::Browser;

/// The number of pixels of a column of the canvas, of 100 from top to bottom, that have the colour of marks.
const MARKED: &str = "(() => {
    const canvas = document.getElementById('canvas');
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const pen = copy.getContext('2d', { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0);
    const ratio = canvas.width / canvas.clientWidth;
    const [from, until] = [FROM, UNTIL];
    const x = 78 + ((AT - from) / (until - from)) * (canvas.clientWidth - 88);
    const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--mark');
    probe.fillRect(0, 0, 1, 1);
    const mark = probe.getImageData(0, 0, 1, 1).data;
    let count = 0;
    for (let part = 0; part < 100; part++) {
        const y = Math.round((40 + ((canvas.clientHeight - 50) * part) / 100) * ratio);
        const near = pen.getImageData(Math.round(x * ratio) - 1, y, 3, 1).data;
        const isMark = (at) => [0, 1, 2].every((it) => Math.abs(near[at * 4 + it] - mark[it]) < 60);
        if ([0, 1, 2].some(isMark)) count += 1;
    }
    return count;
})()";

/// How much of the column at a moment has the colour of marks, in hundredths.
fn marked(browser: &mut Browser, at: f64) -> i64 {
    let (from, until) = window(browser);
    let script = MARKED
        .replace("FROM", &from.to_string())
        .replace("UNTIL", &until.to_string())
        .replace("AT", &at.to_string());
    browser.value(&script).as_i64().expect("a number")
}

fn page(folder: &Scratch) -> (std::path::PathBuf, Explanation) {
    let plan = lost_value().plan;
    let failure = Failure::find(&PrimaryBackup, &plan).expect("it loses data");
    let explained =
        explain(&PrimaryBackup, &failure, None, 2, &mut |_, _| ControlFlow::Continue(()));
    let explained = explained.expect("it fails again");
    let path = folder.join("explained.html");
    let mut file = BufWriter::new(File::create(&path).expect("a page"));
    html::write_explained(&mut file, &outcome(&PrimaryBackup, plan), &explained)
        .and_then(|()| file.flush())
        .expect("a page is written");
    (path, explained)
}

#[test]
fn what_decided_is_marked_and_told() {
    let Some(mut browser) = Browser::start("explained") else { return };
    let folder = Scratch::new("page-explained");
    let (page, explained) = page(&folder);
    let decisive = explained.decisive.as_ref().expect("an event decided");
    let sibling = explained.sibling.as_ref().expect("some runs pass");
    browser.resize(1280, 800);
    browser.open(&page, "");
    let told = browser.text("document.getElementById('explained').textContent");
    for sentence in &explained.story {
        assert!(told.contains(sentence), "{sentence} is missing: {told}");
    }
    let share = format!("{} % → {} %", decisive.before.percent(), decisive.after.percent());
    assert!(told.contains(&share) && told.contains(&decisive.events[0].what), "{told}");
    let first = &sibling.failing.first().or(sibling.escaping.first()).expect("they part").what;
    assert!(told.contains("The nearest run that passes") && told.contains(first), "{told}");
    // The page opens at a window that holds the event, and a line stands there over all lanes.
    let at = decisive.at as f64 / 1e9;
    let (from, until) = window(&mut browser);
    assert!(from < at && at < until, "{from} to {until} without {at}");
    let line = marked(&mut browser, at);
    let free = marked(&mut browser, from + (at - from) / 2.0);
    assert!(line > 80 && free < 40, "{line} % of the line, {free} % elsewhere");
    // The curve is on the same axis as the lanes: it is drawn below them wherever the window is.
    browser.press("w");
    let line = marked(&mut browser, at);
    assert!(line > 80, "{line} % of the line");
    browser.value("document.querySelector('.decisive').click()");
    browser.settle();
    let cursor = browser.text("document.getElementById('moment').textContent");
    assert_eq!(cursor.trim_end_matches(" s").parse::<f64>().ok(), Some(at), "{cursor}");
    let report = browser.text("document.querySelector('#report pre').textContent");
    assert!(report.contains("When it was decided"), "{report}");
    assert_silent(&browser, "what decided");
}

#[test]
fn a_page_holds_the_curves_as_data() {
    let folder = Scratch::new("page-curves");
    let (page, explained) = page(&folder);
    let data = data(&page);
    let curve = &data["curves"][0];
    let at: Vec<u64> = explained.curve.iter().map(|point| point.at).collect();
    assert_eq!(curve["at"], json!(at));
    let within = |place: usize| {
        let [low, share, high] = ["low", "share", "high"].map(|part| curve[part][place].as_f64());
        low <= share && share <= high
    };
    assert!((0..at.len()).all(within), "{curve}");
    assert_eq!(data["explained"]["steps"][0]["at"], json!(explained.decisive.map(|it| it.at)));
}

/// The data of a page.
fn data(page: &Path) -> serde_json::Value {
    use base64::Engine;
    let text = fs::read_to_string(page).expect("a page");
    let block = text.split("<script id=\"data\"").nth(1).expect("a block");
    let block = block.split_once('>').expect("the end of its tag").1;
    let block = block.split("</script>").next().expect("its end");
    let packed = base64::engine::general_purpose::STANDARD.decode(block).expect("base64");
    let unpacked = miniz_oxide::inflate::decompress_to_vec(&packed).expect("deflated");
    let (length, rest) = unpacked.split_at(9);
    let length = std::str::from_utf8(&length[..8]).expect("digits");
    let length = usize::from_str_radix(length, 16).expect("the length of the JSON");
    serde_json::from_slice(&rest[..length]).expect("JSON")
}
