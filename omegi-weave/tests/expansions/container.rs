//! A module: every function in it is woven, except skipped ones and those with an own attribute.

#[omegi::traced(args = off)]
mod shop {
    impl<T> Cart<T> {
        pub fn add(&mut self, item: T) -> usize {
            self.items.push(item);
            self.items.len()
        }

        pub fn capacity(&self) -> usize {
            self.capacity
        }

        #[traced(name = "empty", ret)]
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
                log()
            }
            report()
        }
    }
}
