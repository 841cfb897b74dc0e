//! A line that is filled from the left and never grows too wide. What it takes is made safe.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::sanitize;
use crate::model::text;

#[derive(Debug)]
pub struct Cells {
    spans: Vec<Span<'static>>,
    width: usize,
    used: usize,
}

impl Cells {
    pub fn new(width: usize) -> Self {
        Self { spans: vec![], width, used: 0 }
    }

    /// Columns that are left.
    pub fn room(&self) -> usize {
        self.width - self.used
    }

    /// As much of a text as there is room for.
    pub fn put(&mut self, text: &str, style: Style) {
        self.put_from(text, 0, style);
    }

    /// A text without its first columns.
    pub fn put_from(&mut self, text: &str, skip: usize, style: Style) {
        if self.room() == 0 || text.is_empty() {
            return;
        }
        let text = sanitize::cell(text, skip, self.room());
        self.used += text.width().min(self.room());
        self.spans.push(Span::styled(text, style));
    }

    /// A text cut or filled up to a width.
    pub fn column(&mut self, text: &str, width: usize, style: Style) {
        self.put(&sanitize::padded(text, width), style);
    }

    pub fn skip(&mut self, columns: usize) {
        let columns = columns.min(self.room());
        if columns > 0 {
            self.used += columns;
            self.spans.push(Span::raw(" ".repeat(columns)));
        }
    }

    /// A text at the right end of the line, if there is room for all of it.
    pub fn put_right(&mut self, text: &str, style: Style) {
        let text = text::sanitize(text);
        let wide = text.width();
        if wide < self.room() {
            self.skip(self.room() - wide);
            self.put(&text, style);
        }
    }

    pub fn into_line(self) -> Line<'static> {
        Line::from(self.spans)
    }
}
