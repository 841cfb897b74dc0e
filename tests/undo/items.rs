//! Items as nobody would write them: every type, reserved words and odd names, deep changes.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Map, Value, json};

const NAMES: [&str; 14] = [
    "status",
    "size",
    "value",
    "a.b",
    "a-b",
    "x[0]",
    "#n",
    ":v",
    "it's",
    "naïve 漢",
    "_x",
    "1st",
    "$(id)",
    "\"\\\n",
];
const TEXTS: [&str; 10] = [
    "",
    "PAID",
    "it's",
    "\"quoted\"",
    "$HOME `id` \\",
    "line\nbreak\t",
    "é漢👍🏽",
    "\u{1b}[2J\u{202e}",
    "file://x",
    "-n",
];
const NUMBERS: [&str; 9] = [
    "0",
    "-1",
    "19.90",
    "1E+10",
    "12345678901234567890123456789012345678",
    "1E-130",
    "-9.99E+125",
    "0.1",
    "7",
];

const BYTES: [&str; 3] = ["", "AA==", "/+8="];

pub struct Items {
    rng: Rng,
}

impl Items {
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed) }
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.rng.usize(..end)
    }

    /// An item with this key, and what became of it: not the same. Both have a map `m`.
    pub fn pair(&mut self, key: &Value) -> (Value, Value) {
        let mut item = key.clone();
        let many = self.below(4) + 1;
        for _ in 0..many {
            let name = self.name();
            item[name] = self.value(3);
        }
        // It holds what changes alone, so that a later change beside that can be told apart.
        item["m"] = json!({"M": {"inner": self.value(1), "n": {"N": "1"}}});
        item.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
        let changed = self.changed(&item);
        (item, changed)
    }

    /// The item with some changes at any depth; its key and its map `m` stay.
    pub fn changed(&mut self, item: &Value) -> Value {
        let mut changed = item.clone();
        while changed == *item {
            for _ in 0..=self.below(3) {
                let map = changed.as_object_mut().unwrap();
                let names: Vec<String> = map
                    .keys()
                    .filter(|name| !["it's", "sk", "m"].contains(&name.as_str()))
                    .cloned()
                    .collect();
                match self.below(6) {
                    0 => drop(map.insert(self.free_name(), self.value(3))),
                    1 if !names.is_empty() => drop(map.remove(&names[self.below(names.len())])),
                    2 => map["m"]["M"]["n"] = json!({"N": self.below(90).to_string()}),
                    _ if !names.is_empty() => {
                        let value = map.get_mut(&names[self.below(names.len())]).unwrap();
                        self.change(value);
                    }
                    _ => {}
                }
            }
        }
        changed
    }

    fn name(&mut self) -> &'static str {
        NAMES[self.below(NAMES.len())]
    }

    /// Of no key attribute.
    fn free_name(&mut self) -> String {
        self.name().replace("it's", "its")
    }

    fn change(&mut self, value: &mut Value) {
        let deeper = self.below(4) > 0;
        if let Some(list) = value.get_mut("L").and_then(Value::as_array_mut) {
            let at = self.below(list.len() + 1);
            match self.below(4) {
                0 => list.insert(at, self.value(1)),
                1 if at < list.len() => drop(list.remove(at)),
                _ if at < list.len() && deeper => self.change(&mut list[at]),
                _ => *value = self.value(2),
            }
        } else if let Some(map) = value.get_mut("M").and_then(Value::as_object_mut) {
            let names: Vec<String> = map.keys().cloned().collect();
            match self.below(4) {
                0 => drop(map.insert(self.name().to_owned(), self.value(1))),
                1 if !names.is_empty() => drop(map.remove(&names[self.below(names.len())])),
                _ if !names.is_empty() && deeper => {
                    let inner = map.get_mut(&names[self.below(names.len())]).unwrap();
                    self.change(inner);
                }
                _ => *value = self.value(2),
            }
        } else {
            *value = self.value(2);
        }
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0 => json!({"S": TEXTS[self.below(TEXTS.len())]}),
            1 => json!({"N": NUMBERS[self.below(NUMBERS.len())]}),
            2 => json!({"B": BYTES[self.below(BYTES.len())]}),
            3 => json!({"SS": self.members(&TEXTS)}),
            4 => json!({"NS": self.members(&NUMBERS)}),
            5 => json!({"BS": self.members(&BYTES)}),
            6 => json!({"BOOL": self.rng.bool()}),
            7 => json!({"NULL": true}),
            8 | 9 => {
                let elements: Vec<Value> = (0..self.below(5)).map(|_| self.value(depth - 1)).collect();
                json!({"L": elements})
            }
            _ => {
                let map: Map<String, Value> =
                    (0..self.below(5)).map(|_| (self.name().to_owned(), self.value(depth - 1))).collect();
                json!({"M": map})
            }
        }
    }

    /// A set is never empty, and has each member once.
    fn members(&mut self, of: &[&str]) -> BTreeSet<String> {
        (0..=self.below(3)).map(|_| of[self.below(of.len())].to_owned()).collect()
    }
}
