//! The file that says that no later write can be missed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::cli::exit::Failure;
use crate::files;
use crate::follow::Follower;

/// A file that is to appear.
#[derive(Debug)]
pub struct Ready {
    path: Option<PathBuf>,
}

impl Ready {
    /// Removes the file of an earlier run.
    pub fn awaited(path: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = path {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    let path = path.display();
                    return Err(Failure::new(format!("cannot remove the ready file {path}: {error}")));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Self { path: path.map(Path::to_owned) })
    }

    /// Makes the file appear once the position is fixed on every open shard.
    pub fn look_at(&mut self, followers: &[Follower]) -> Result<(), Failure> {
        if self.path.is_none() || !followers.iter().all(Follower::is_positioned) {
            return Ok(());
        }
        let Some(path) = self.path.take() else { return Ok(()) };
        let text: String = followers.iter().map(sentence).collect();
        files::replace_private(&path, text.as_bytes())
            .map_err(|error| Failure::new(format!("cannot write the ready file {}: {error}", path.display())))
    }
}

fn sentence(follower: &Follower) -> String {
    let table = follower.stream().table();
    match follower.wanted_from() {
        None => format!("{table}: from the oldest record; nothing that is written is missed\n"),
        Some(_) if follower.has_only_latest() => format!(
            "{table}: from LATEST, for this endpoint has no AT_TIMESTAMP: one that settles it late may miss a \
             write at once after this\n"
        ),
        Some(time) => format!("{table}: from {time}; no later write is missed\n"),
    }
}
