//! A function that may be a signal handler: the calls in it are muted.

#[omegi::traced]
impl Server {
    extern "C" fn on_signal(_: c_int) {
        stop();
    }
}
