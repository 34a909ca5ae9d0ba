//! Reads a file of the spool for people, without a change to it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::vocabulary::{Flow, Resource};

use super::codec;
use super::file::{HEADER_BYTES, check_header};
use super::frames::FrameReader;

/// Calls `each` with every whole flow in a file of the spool, until it returns `false`. Returns
/// whether there are bytes behind them that are no flow.
///
/// # Errors
///
/// The system's, and that this version of omegi has not written the file.
pub fn read_spool_file(path: &Path, mut each: impl FnMut(Flow) -> bool) -> io::Result<bool> {
    let file = File::open(path)?;
    let mut reader = FrameReader { file: &file, at: 0 };
    check_header(reader.bytes::<HEADER_BYTES>().as_ref())?;
    let resource = reader.frame().and_then(|frame| reader.record(&frame));
    let resource = resource.and_then(|bytes| codec::decode_resource(&bytes));
    let resource = Arc::new(resource.unwrap_or(Resource { attributes: Vec::new() }));
    let mut is_damaged = false;
    while let Some(frame) = reader.frame() {
        let flow = reader.record(&frame).and_then(|bytes| codec::decode_flow(&bytes, &resource));
        is_damaged |= flow.is_none();
        if flow.is_some_and(|flow| !each(flow)) {
            return Ok(false);
        }
    }
    Ok(is_damaged || file.metadata()?.len() > reader.at)
}
