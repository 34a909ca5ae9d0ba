//! A function that may be a signal handler: the calls in it are muted.

impl Server {
    extern "C" fn on_signal(_: c_int) {
        let __omegi_handler = ::omegi::private::mute_signal_handler();
        stop();
    }
}
