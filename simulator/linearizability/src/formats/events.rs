//! Histories as events (a process calls an operation, later it returns), as Jepsen stores them. The position of an
//! event is its time.

use std::collections::HashMap;

use super::error::ReadError;
use super::event::{Event, Function, Process};
use super::registers::Registers;
use super::services::Services;
use crate::history::TimeUnit;
use crate::recorder::Recorder;
use crate::recording::{Content, ModelName};

/// The number of events that are kept until one of them tells of what service they are.
const MOST_HELD: usize = 100_000;

/// A reader of events.
pub(super) struct Events {
    stage: Stage,
    model: Option<ModelName>,
    /// The initial value as text, for a service that is no register.
    initial: Option<String>,
    names: HashMap<String, u32>,
    position: u64,
}

enum Stage {
    /// Only reads so far, which every service may have.
    Undecided(Registers, Vec<Event>),
    Registers(Registers),
    Services(Services),
}

impl Events {
    /// Returns a reader for a model, or for the one that the events show.
    pub(super) fn new(mut recorder: Recorder, model: Option<ModelName>) -> Self {
        recorder.set_unit(TimeUnit::Events);
        let initial = recorder.initial_text();
        let registers = Registers::new(recorder);
        let stage = match model {
            None => Stage::Undecided(registers, Vec::new()),
            Some(ModelName::Register) => Stage::Registers(registers),
            Some(_) => Stage::Services(Services::default()),
        };
        Events { stage, model, initial, names: HashMap::new(), position: 0 }
    }

    /// Reads an event.
    pub(super) fn event(&mut self, event: Event) -> Result<(), ReadError> {
        let stage = std::mem::replace(&mut self.stage, Stage::Services(Services::default()));
        self.stage = match stage {
            Stage::Undecided(registers, mut held) => {
                let is_read = event.function == Function::Read;
                let function = event.function;
                held.push(event);
                if is_read && held.len() < MOST_HELD {
                    Stage::Undecided(registers, held)
                } else {
                    let decided = if is_of_registers(function) {
                        Stage::Registers(registers)
                    } else {
                        Stage::Services(Services::default())
                    };
                    self.all(decided, held)?
                }
            }
            // A key-value store may begin like a register.
            Stage::Registers(registers)
                if !is_of_registers(event.function) && self.model.is_none() =>
            {
                self.all(Stage::Services(Services::of_registers(registers)), vec![event])?
            }
            decided => self.all(decided, vec![event])?,
        };
        Ok(())
    }

    fn all(&mut self, mut stage: Stage, events: Vec<Event>) -> Result<Stage, ReadError> {
        for event in events {
            let client = self.client(&event.process);
            match &mut stage {
                Stage::Registers(registers) | Stage::Undecided(registers, _) => {
                    registers.event(&event, client, self.position)?;
                }
                Stage::Services(services) => services.event(event, client, self.position)?,
            }
            self.position += 1;
        }
        Ok(stage)
    }

    fn client(&mut self, process: &Process) -> u32 {
        match process {
            Process::Number(number) => *number,
            Process::Name(name) => match self.names.get(name) {
                Some(&known) => known,
                None => {
                    let number = self.names.len() as u32;
                    self.names.insert(name.clone(), number);
                    number
                }
            },
        }
    }

    pub(super) fn finish(mut self) -> Result<Content, ReadError> {
        let stage = std::mem::replace(&mut self.stage, Stage::Services(Services::default()));
        let stage = match stage {
            Stage::Undecided(registers, held) => self.all(Stage::Registers(registers), held)?,
            decided => decided,
        };
        match stage {
            Stage::Registers(registers) | Stage::Undecided(registers, _) => {
                Ok(Content::Registers(registers.recorder.finish().into()))
            }
            Stage::Services(services) => services.finish(self.model, self.initial),
        }
    }
}

fn is_of_registers(function: Function) -> bool {
    matches!(function, Function::Read | Function::Write | Function::Cas | Function::Delete)
}
