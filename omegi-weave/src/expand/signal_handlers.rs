//! Mutes the calls of a signal handler, which must not allocate.

use quote::quote;
use syn::Block;

use crate::expand::body::begin;
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::woven::HANDLER;

// Input:
//     extern "C" fn on_signal(signal: c_int) { BODY }
//
// Output:
//     extern "C" fn on_signal(signal: c_int) {
//         let __omegi_handler = ::omegi::private::mute_signal_handler();
//         BODY
//     }
/// Mutes the functions that a handler calls, until it returns.
pub(crate) fn mute(body: &mut Block, private: &RuntimePath) {
    let (handler, mute) = (hygienic(HANDLER), hygienic("mute_signal_handler"));
    begin(body, quote!(let #handler = #private::#mute();));
}
