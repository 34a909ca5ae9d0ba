// Loops that serve: each turn is a flow of its own.

#[omegi::traced]
fn worker(rx: Receiver<Job>) -> Result<u32, WorkError> {
    let mut done = 0;
    for job in rx {
        if job.is_last() {
            return Err(WorkError::Closed);
        }
        done += run(job)?;
    }
    Ok(done)
}

#[omegi::traced]
async fn accept(listener: TcpListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async move {
            while let Ok(request) = socket.read_request().await {
                answer(request).await;
            }
        });
    }
}

#[omegi::traced]
async fn actor(mut rx: Receiver<Message>, stop: Stop) {
    loop {
        tokio::select! {
            Some(message) = rx.recv() => handle(message).await,
            () = stop.requested() => break,
        }
    }
}
