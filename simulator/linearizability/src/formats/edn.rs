//! Histories in EDN, as Jepsen and knossos store them, and events in JSON: in one outer vector or in sequence.
//!
//! ```text
//! [{:process 0, :type :invoke, :f :write, :value 3}
//!  {:process 0, :type :ok, :f :write, :value 3}
//!  {:process 1, :type :invoke, :f :cas, :value [3 4]}
//!  {:process 1, :type :fail, :f :cas, :value [3 4]}]
//! ```
//!
//! An event may also be a vector, `[0 :invoke :write 3]`, or a JSON object with fields of the same names; `client`
//! stands for `process`. Names may be strings. A `:fail` did not happen, and has no further meaning. Neither has a read
//! of `nil` if registers start with another value, as in knossos. A key is separated from a value by `:key`, or by
//! Jepsen's independent tuples: `[k v]`, and `[k [from to]]` or `[k from to]` for a compare-and-set. A transaction of
//! one operation, `[[:w k v]]`, is that operation. Events of a process without a number (`:nemesis`) are skipped. The
//! order is that of the events, whatever their `:time`.
//!
//! JSON objects with a `kind` are operations as in [JSON lines](super::jsonl).

use std::io::BufRead;

use super::edn_form::{Form, Forms, Spotted};
use super::error::ReadError;
use super::event::{Event, at, field, unexpected};
use super::events::Events;
use super::number::Syntax;
use super::operations;
use crate::recorder::Recorder;
use crate::recording::{Content, ModelName};

pub(super) fn read(
    input: impl BufRead,
    recorder: Recorder,
    syntax: Syntax,
    model: Option<ModelName>,
) -> Result<Content, ReadError> {
    let mut forms = Forms::new(input, syntax);
    let Some(first) = forms.next()? else {
        return Ok(Content::Registers(recorder.finish().into()));
    };
    if syntax == Syntax::Json && field(&first, &["kind"]).is_some() {
        return operations::read(first, forms, recorder);
    }
    let mut events = Events::new(recorder, model);
    let mut next = Some(first);
    while let Some(form) = next {
        if let Some(event) = event(form)? {
            events.event(event)?;
        }
        next = forms.next()?;
    }
    events.finish()
}

/// Returns the event of a form; `None` if its process is no client.
fn event(form: Spotted) -> Result<Option<Event>, ReadError> {
    let spot = form.spot;
    if let Form::List(items) = form.form {
        let mut items = items.into_iter();
        let (Some(process), Some(kind), Some(function)) =
            (items.next(), items.next(), items.next())
        else {
            let found = "a shorter one".to_owned();
            return Err(at(spot, "an event as a vector [process :type :f value]", found));
        };
        return Event::new(spot, &process, &kind, &function, None, items.next());
    }
    if !matches!(form.form, Form::Map(_)) {
        return Err(unexpected(&form, "an event as a map {…}"));
    }
    let required = |names: &[&str]| {
        field(&form, names).ok_or_else(|| {
            let expected = format!("an event with a :{}", names[0]);
            at(spot, expected, "a map without one".to_string())
        })
    };
    let process = required(&["process", "client"])?;
    let (kind, function) = (required(&["type"]), required(&["f", "function"]));
    let (key, value) = (field(&form, &["key"]), field(&form, &["value"]));
    Event::new(spot, process, kind?, function?, key.cloned(), value.cloned())
}
