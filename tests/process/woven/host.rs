//! Loads the library that its argument names, calls it on a thread that ends, unloads it, and
//! continues for a while.

use std::ffi::{CString, c_char, c_int, c_void};
use std::time::Duration;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlclose(library: *mut c_void) -> c_int;
}

const RTLD_NOW: c_int = 2;

fn main() {
    let path = CString::new(std::env::args().nth(1).expect("a path")).expect("no zeros");
    // SAFETY: the library has a function of this name and type.
    unsafe {
        let library = dlopen(path.as_ptr(), RTLD_NOW);
        assert!(!library.is_null(), "{path:?} cannot be loaded");
        let call = std::mem::transmute::<*mut c_void, extern "C" fn()>(dlsym(library, c"call".as_ptr()));
        std::thread::spawn(move || call()).join().expect("it does not panic");
        assert_eq!(dlclose(library), 0);
    }
    std::thread::sleep(Duration::from_millis(5));
}
