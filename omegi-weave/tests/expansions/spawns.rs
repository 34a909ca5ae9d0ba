//! Spawned work continues the flow that spawned it.

#[omegi::traced]
fn import(files: Vec<File>, pool: &Pool) {
    tokio::spawn(refresh());
    pool.spawn(async move { refresh().await });
    std::thread::spawn(move || files.sort());
    let work = tokio::task::spawn_blocking(cleanup);
    thread::scope(|scope| {
        scope.spawn(|| index());
    });
    work.finish();
}

#[omegi::traced(spawns = off)]
fn detach() {
    tokio::spawn(refresh());
}

// `thread` is a module of the crate's own, which `cargo omegi` tells.
#[omegi::traced(__names(thread))]
fn own() {
    thread::spawn(refresh);
}
