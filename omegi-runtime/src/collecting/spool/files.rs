//! The files of one spool that this process holds.

use std::io;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use crate::vocabulary::{Resource, private_files};

use super::file::SpoolFile;

#[derive(Debug, Default)]
pub(super) struct SpoolFiles {
    /// Files that are only read, oldest first.
    ///
    /// They come from processes that have ended. A file of this process joins them when another
    /// process has deleted it, or when all its flows wait for the next start.
    pub(super) others: Vec<SpoolFile>,
    /// The file that is written.
    own: Option<SpoolFile>,
    /// The disk space that all of them take.
    pub(super) used: u64,
    /// True if it was reported that nothing can be written.
    pub(super) has_reported: bool,
}

impl SpoolFiles {
    pub(super) fn iter(&self) -> impl Iterator<Item = &SpoolFile> {
        self.others.iter().chain(&self.own)
    }

    /// The file with the oldest flows that are to be read.
    pub(super) fn oldest(&mut self) -> Option<&mut SpoolFile> {
        self.find(|file| file.waiting() > 0)
    }

    pub(super) fn find(&mut self, is_wanted: impl Fn(&SpoolFile) -> bool) -> Option<&mut SpoolFile> {
        self.others.iter_mut().chain(&mut self.own).find(|file| is_wanted(file))
    }

    /// The file that is written, made with this name in `folder` if there is none.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn own(
        &mut self,
        folder: &Path,
        name: impl FnOnce() -> String,
        resource: &Arc<Resource>,
    ) -> io::Result<&mut SpoolFile> {
        self.others.extend(self.own.take_if(|own| own.is_deleted()));
        if self.own.is_none() {
            private_files::create_folder(folder)?;
            self.own = Some(SpoolFile::create(&folder.join(name()), resource)?);
        }
        self.own.as_mut().ok_or_else(|| io::Error::other("there is no file"))
    }

    /// Removes empty files.
    pub(super) fn tidy(&mut self) {
        let (kept, empty): (Vec<_>, Vec<_>) =
            mem::take(&mut self.others).into_iter().partition(|file| file.flows() > 0);
        self.others = kept;
        empty.into_iter().for_each(SpoolFile::remove);
        // Flows written behind others that wait for the next start would use disk space for as long
        // as those.
        match self.own.take_if(|own| own.waiting() == 0) {
            Some(own) if own.flows() > 0 => self.others.push(own),
            own => own.into_iter().for_each(SpoolFile::remove),
        }
    }
}
