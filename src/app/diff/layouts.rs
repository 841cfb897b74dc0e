//! Documents laid out lately, and the one that is being laid out off the thread of the screen.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::app::document::{Document, Mode, Subject};
use crate::app::effect::LayOutJob;
use crate::app::telling::AT_ONCE;
use crate::store::RecordId;

/// Documents kept: enough to go back and forth between neighbours.
const KEPT: usize = 16;
/// Bytes of texts kept at most, beside the newest document.
const KEPT_BYTES: usize = 32 << 20;

#[derive(Clone, Debug, Default)]
pub struct Layouts {
    /// Newest last.
    kept: VecDeque<Arc<Document>>,
    /// The job whose answer is awaited.
    asked: Option<u32>,
    last: u32,
}

/// What is to be shown.
pub enum Laid {
    Now(Arc<Document>),
    /// It is being laid out, perhaps by a job that is to be started.
    Later(Option<LayOutJob>),
}

impl Layouts {
    /// Forgets everything; the answer to a job under way is no longer wanted.
    pub fn forget(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    pub fn get(&self, id: RecordId, mode: Mode) -> Option<Arc<Document>> {
        self.kept.iter().find(|document| document.id == id && document.mode == mode).cloned()
    }

    /// Lays out a small record at once. For a large one there is one job at a time: the next is
    /// asked for when this one has been answered and the cursor may be elsewhere.
    pub fn lay_out(&mut self, subject: Subject, mode: Mode) -> Laid {
        if subject.bytes() <= AT_ONCE {
            return Laid::Now(self.keep(Arc::new(Document::of(&subject, mode))));
        }
        if self.asked.is_some() {
            return Laid::Later(None);
        }
        self.last = self.last.wrapping_add(1);
        self.asked = Some(self.last);
        Laid::Later(Some(LayOutJob { number: self.last, mode, subject }))
    }

    /// Takes in an answer. Whether it was awaited.
    pub fn laid_out(&mut self, number: u32, document: Arc<Document>) -> bool {
        if self.asked != Some(number) {
            return false;
        }
        self.asked = None;
        self.keep(document);
        true
    }

    fn keep(&mut self, document: Arc<Document>) -> Arc<Document> {
        let mut bytes: usize = self.kept.iter().map(|document| document.bytes()).sum();
        while self.kept.len() >= KEPT || bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            bytes -= oldest.bytes();
        }
        self.kept.push_back(Arc::clone(&document));
        document
    }
}
