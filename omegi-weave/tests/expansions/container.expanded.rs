//! A module: every function in it is woven, except skipped ones and those with an own attribute.

mod shop {
    impl<T> Cart<T> {
        pub fn add(&mut self, item: T) -> usize {
            let mut __omegi_span = ::omegi::private::enter({
                static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                    ::core::module_path!(),
                    ::omegi::private::Path::Written("Cart::add"),
                );
                &__OMEGI_SITE
            });
            match () {
                () => {
                    self.items.push(item);
                    self.items.len()
                }
            }
        }
        pub fn capacity(&self) -> usize {
            self.capacity
        }
        #[traced(__inherit("Cart", args = off), name = "empty", ret)]
        pub fn clear(&mut self) -> bool {
            self.items.clear()
        }
        #[untraced]
        fn grow(&mut self) {
            self.items.reserve(8)
        }
    }
    impl Drop for Cart<Item> {
        fn drop(&mut self) {
            fn report() {
                let mut __omegi_span = ::omegi::private::enter({
                    static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                        ::core::module_path!(),
                        ::omegi::private::Path::Written("Cart::drop::report"),
                    );
                    &__OMEGI_SITE
                });
                match () {
                    () => log(),
                }
            }
            report()
        }
    }
}
