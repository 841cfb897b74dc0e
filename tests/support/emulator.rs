//! The terminal behind a test's screen: it takes in what a program writes, and answers its questions.

use std::io::{Read, Write};
use std::sync::{Condvar, Mutex};

use vt100::Parser;

#[derive(Default)]
pub struct Shared {
    pub output: Mutex<Option<Output>>,
    pub grew: Condvar,
}

pub struct Output {
    pub parser: Parser<Answers>,
    pub raw: Vec<u8>,
}

/// What the program asked of the terminal, answered.
#[derive(Default)]
pub struct Answers(Vec<u8>);

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        intermediate: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        let first = parameters.first().and_then(|parameter| parameter.first()).copied().unwrap_or(0);
        match (intermediate, last, first) {
            (None, 'n', 5) => self.0.extend(b"\x1b[0n"),
            (None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                self.0.extend(format!("\x1b[{};{}R", row + 1, column + 1).bytes());
            }
            (None, 'c', 0) => self.0.extend(b"\x1b[?62;22c"),
            (Some(b'>'), 'c', 0) => self.0.extend(b"\x1b[>0;276;0c"),
            _ => {}
        }
    }
}

/// Follows the program's output until the terminal is gone.
pub fn read_on(mut reader: Box<dyn Read + Send>, shared: &Shared, writer: &Mutex<Box<dyn Write + Send>>) {
    let mut buffer = [0; 8_192];
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        let answers = {
            let mut output = shared.output.lock().unwrap();
            let output = output.as_mut().expect("set before the thread starts");
            output.parser.process(&buffer[..length]);
            output.raw.extend(&buffer[..length]);
            std::mem::take(&mut output.parser.callbacks_mut().0)
        };
        shared.grew.notify_all();
        // A program that has ended does not mind.
        let _ = writer.lock().unwrap().write_all(&answers);
    }
}
