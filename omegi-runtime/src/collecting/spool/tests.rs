//! Flows on disk after restarts, kills and full disks, and beside other processes.

use std::fs::File;

use super::*;
use crate::collecting::fixtures::Folder;
use crate::exporting::fixtures;
use crate::vocabulary::{TraceId, file_lock};

const MIB: u64 = 1 << 20;

fn flows(ids: std::ops::Range<u128>) -> Vec<Flow> {
    ids.map(|id| Flow { trace_id: TraceId::from_u128(id), ..fixtures::failing_order() }).collect()
}

/// Takes out all flows, a few at a time.
fn drain(spool: &Spool) -> Vec<u128> {
    let mut ids = Vec::new();
    while !spool.is_empty() {
        let batch = spool.read(10);
        ids.extend(batch.flows().iter().map(|flow| flow.trace_id.to_u128()));
        spool.take_out(&batch);
    }
    ids
}

#[test]
fn flows_survive_the_process_and_leave_nothing_behind() {
    let folder = Folder::new("survive");
    assert_eq!(folder.spool(MIB).append(&flows(0..50)).len(), 50);
    let restarted = folder.spool(MIB);
    assert_eq!(restarted.depth().0, 50);
    let first = restarted.read(1);
    assert_eq!(format!("{:?}", first.flows()), format!("{:?}", flows(0..1)), "resource and all");
    assert_eq!(drain(&restarted), (0..50).collect::<Vec<_>>());
    assert_eq!((folder.files().len(), restarted.depth()), (0, (0, 0)));
}

#[test]
fn flows_exported_before_a_kill_do_not_come_again() {
    let folder = Folder::new("cursor");
    let spool = folder.spool(MIB);
    spool.append(&flows(0..10));
    spool.take_out(&spool.read(8));
    drop(spool);
    assert_eq!(drain(&folder.spool(MIB)), (2..10).collect::<Vec<_>>());
}

#[test]
fn a_torn_record_costs_itself_and_no_other() {
    let folder = Folder::new("torn");
    folder.spool(MIB).append(&flows(0..3));
    let path = folder.files().remove(0);
    let whole = fs::read(&path).unwrap();
    for end in [whole.len() - 1, whole.len() - 100] {
        fs::write(&path, &whole[..end]).unwrap();
        let spool = folder.spool(MIB);
        let read = spool.read(1000);
        let ids: Vec<_> = read.flows().iter().map(|flow| flow.trace_id.to_u128()).collect();
        assert_eq!(ids, [0, 1], "cut at {end}");
    }
    for end in 0..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let spool = folder.new_spool(MIB);
        let torn = spool.adopt();
        assert!(spool.depth().0 < 3);
        assert!(torn == 1 || spool.depth().0 > 0 || end < 300, "it is counted: {end}");
    }
}

#[test]
fn files_of_living_neighbours_and_of_others_are_left_alone() {
    let folder = Folder::new("neighbours");
    let living = folder.spool(MIB);
    living.append(&flows(0..2));
    let other = Spool::new("kafka", 0, Arc::new(DiskSpace::new(folder.0.clone(), MIB)));
    other.append(&flows(2..4));
    drop(other);
    fs::write(folder.0.join("otlp.1.2.spool"), "something else, but long enough").unwrap();
    let restarted = folder.spool(MIB);
    restarted.append(&flows(4..6));
    assert_eq!(drain(&restarted), [4, 5]);
    assert_eq!(drain(&living), [0, 1]);
    drop((living, restarted));
    assert_eq!(drain(&folder.spool(MIB)), [], "empty files are removed");
    assert_eq!(folder.files().len(), 2, "{:?}", folder.files());
}

#[test]
fn the_limit_holds_and_taking_out_makes_room() {
    let folder = Folder::new("bound");
    let spool = folder.spool(20_000);
    let fitting = spool.append(&flows(0..1000)).len();
    assert!((5..50).contains(&fitting), "{fitting}");
    assert_eq!(spool.append(&flows(0..1)).len(), 0);
    assert!(fs::metadata(&folder.files()[0]).unwrap().len() <= 20_000);
    assert_eq!(drain(&spool).len(), fitting);
    assert_eq!(spool.append(&flows(0..1000)).len(), fitting);
}

#[test]
fn flows_that_cannot_be_written_are_not_taken() {
    let folder = Folder::new("unwritable");
    fs::write(&folder.0, "no folder").unwrap();
    assert_eq!(folder.spool(MIB).append(&flows(0..1)).len(), 0);
    fs::remove_file(&folder.0).unwrap();
}

#[test]
fn flows_put_off_come_at_the_next_start_and_hold_up_nothing() {
    let folder = Folder::new("put-off");
    folder.spool(MIB).append(&flows(0..4));
    let spool = folder.spool(MIB);
    spool.append(&flows(4..6));
    let ids_of = |batch: &SpooledBatch| -> Vec<_> {
        batch.flows().iter().map(|flow| flow.trace_id.to_u128()).collect()
    };
    for (ids, is_taken) in [([0, 1], true), ([2, 3], false), ([4, 5], false)] {
        let batch = spool.read(8);
        assert_eq!(ids_of(&batch), ids);
        if is_taken { spool.take_out(&batch) } else { spool.put_off(&batch) }
    }
    assert_eq!((spool.is_empty(), spool.depth().0), (true, 4));
    spool.append(&flows(6..8));
    assert_eq!(drain(&spool), [6, 7]);
    assert_eq!(spool.depth().0, 4, "what stays is no reason to keep what goes");
    drop(spool);
    assert_eq!(drain(&folder.spool(MIB)), [2, 3, 4, 5]);
    assert_eq!(folder.files().len(), 0);
}

#[test]
fn a_failed_write_is_retried_when_there_is_room_or_time_has_passed() {
    let folder = Folder::new("again");
    let space = Arc::new(DiskSpace::new(folder.0.clone(), 20_000));
    let [spool, other] = ["otlp", "kafka"].map(|name| Spool::new(name, 0, Arc::clone(&space)));
    other.append(&flows(0..1000));
    assert!(spool.append(&flows(0..1)).is_empty());
    assert!(!spool.has_room());
    drain(&other);
    assert!(spool.has_room(), "another exporter has made some");
    assert_eq!(spool.append(&flows(0..1)).len(), 1);

    spool.append(&flows(0..1000));
    assert!(!spool.has_room());
    spool.failed_write().as_mut().unwrap().at -= RETRY_PAUSE;
    assert!(spool.has_room(), "a folder may have been mended");
}

#[test]
fn a_wrong_byte_costs_one_flow() {
    let folder = Folder::new("flipped");
    folder.spool(MIB).append(&flows(0..9));
    let path = folder.files().remove(0);
    let mut bytes = fs::read(&path).unwrap();
    let resource = bytes.windows(4).position(|bytes| bytes == b"1.2.").unwrap();
    for at in [resource, bytes.len() / 2] {
        bytes[at] ^= 1;
    }
    fs::write(&path, bytes).unwrap();
    let spool = folder.spool(MIB);
    let (mut read, mut lost) = (0, 0);
    while !spool.is_empty() {
        let batch = spool.read(1000);
        (read, lost) = (read + batch.flows().len(), lost + batch.lost());
        spool.put_off(&batch);
    }
    assert_eq!((read, lost), (8, 1));
    drop(spool);
    let again = folder.spool(MIB).read(1000);
    assert_eq!((again.flows().len(), again.lost()), (8, 0), "it is counted once");
}

#[test]
fn no_file_takes_long_to_examine() {
    let folder = Folder::new("sparse");
    folder.spool(MIB).append(&flows(0..2));
    let path = folder.files().remove(0);
    File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    let begun = Instant::now();
    assert_eq!(drain(&folder.spool(MIB)), [0, 1]);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn abandoned_unfinished_files_are_removed() {
    let folder = Folder::new("unfinished");
    fs::create_dir_all(&folder.0).unwrap();
    let names = ["otlp.1.2.new", "otlp.1.3.new", "kafka.1.2.new", "otlp.1.4.new"];
    let [dead, living, another, young] = names.map(|name| folder.0.join(name));
    let held = [&dead, &living, &another, &young].map(|path| File::create(path).unwrap());
    held[..3].iter().for_each(|file| file.set_modified(UNIX_EPOCH).unwrap());
    assert!(file_lock::try_lock(&held[1]).unwrap());
    folder.spool(MIB);
    assert_eq!([dead, living, another, young].map(|path| path.exists()), [false, true, true, true]);

    let spool = Folder::new("unbegun");
    let path = spool.0.join("otlp.1.2.spool");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("in the way"), "").unwrap();
    SpoolFile::create(&path, &flows(0..1)[0].resource).unwrap_err();
    assert_eq!(spool.files().len(), 1, "a failure leaves nothing");
}

#[test]
fn a_deleted_folder_is_made_again() {
    let folder = Folder::new("deleted");
    let spool = folder.spool(MIB);
    spool.append(&flows(0..2));
    fs::remove_dir_all(&folder.0).unwrap();
    assert_eq!(spool.append(&flows(2..4)).len(), 2);
    assert_eq!(folder.files().len(), 1);
    assert_eq!(drain(&spool), [0, 1, 2, 3], "this process has them all");
}

#[test]
fn a_writer_does_not_wait_for_adoption_or_a_hanging_disk() {
    let folder = Folder::new("waits");
    let spool = folder.spool(MIB);
    let _hangs = spool.lock();
    let begun = Instant::now();
    assert!(spool.append(&flows(0..1)).is_empty());
    assert!(begun.elapsed() < LOCK_TIMEOUT * 5);
}

#[test]
fn flows_cut_off_from_outside_are_counted() {
    let folder = Folder::new("cut");
    let spool = folder.spool(MIB);
    let positions = spool.append(&flows(0..9));
    let file = File::options().write(true).open(&folder.files()[0]).unwrap();
    file.set_len(fs::metadata(&folder.files()[0]).unwrap().len() / 2).unwrap();
    let batch = spool.read(1000);
    assert_eq!(batch.flows().len() as u64 + batch.lost(), positions.len() as u64);
    spool.take_out(&batch);
    assert!(spool.is_empty());
}
