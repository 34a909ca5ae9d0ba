//! The path of a function, from the compiler's name of an item inside it.

/// The path of a function as the source writes it, from the [`std::any::type_name`] of an item
/// inside the function.
///
/// Leaves out generic arguments, the modules of `impl` blocks, closures, and the item's own name.
///
/// `<shop::Cart<T> as shop::Total>::total::here` is `shop::Cart::total`, and so is `shop::m::<impl
/// shop::Cart>::total::here`.
pub(super) fn source_path(type_name: &str) -> String {
    let enclosing = type_name.rsplit_once("::").map_or(type_name, |(path, _item)| path);
    let mut segments: Vec<String> = Vec::new();
    for segment in top_level(enclosing, "::") {
        if let Some(inner) = segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            // A type that is written out makes the module before it redundant: the `impl` stands
            // there.
            segments = vec![implementing_type(inner)];
        } else if !segment.starts_with('{') {
            segments.push(without_arguments(segment));
        }
    }
    segments.join("::")
}

/// The type of `Type as Trait`, `impl Type` or `impl Trait for Type`.
fn implementing_type(text: &str) -> String {
    let text = text.strip_prefix("impl ").unwrap_or(text);
    let text = top_level(text, " for ").last().unwrap_or(text);
    let text = top_level(text, " as ").next().unwrap_or(text);
    top_level(text, "::").map(without_arguments).collect::<Vec<_>>().join("::")
}

fn without_arguments(segment: &str) -> String {
    match segment.find('<') {
        Some(at) if at > 0 => segment[..at].to_owned(),
        _ => segment.to_owned(),
    }
}

/// Splits at `separator` where it stands outside of all brackets.
fn top_level<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let at = find_top_level(current, separator);
        rest = at.map(|at| &current[at + separator.len()..]);
        Some(at.map_or(current, |at| &current[..at]))
    })
}

fn find_top_level(text: &str, separator: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    text.char_indices().find_map(|(at, letter)| {
        if depth == 0 && text[at..].starts_with(separator) {
            return Some(at);
        }
        match letter {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if previous == '-' => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = letter;
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_item_becomes_the_path_of_its_function() {
        for (type_name, path) in [
            ("shop::orders::place::here", "shop::orders::place"),
            ("shop::Cart<T>::total::here", "shop::Cart::total"),
            ("shop::Cart<alloc::vec::Vec<u8>>::total::here", "shop::Cart::total"),
            ("<shop::Cart<T> as shop::Total<u8>>::total::here", "shop::Cart::total"),
            ("shop::m::<impl shop::Cart>::total::here", "shop::Cart::total"),
            ("shop::m::<impl shop::Total<fn(u8) -> u8> for shop::Cart>::total::here", "shop::Cart::total"),
            ("shop::Total::total::here", "shop::Total::total"),
            ("<i32 as shop::Total>::total::here", "i32::total"),
            ("<&[u8] as shop::Total>::total::here", "&[u8]::total"),
            ("shop::fetch::{{closure}}::here", "shop::fetch"),
        ] {
            assert_eq!(source_path(type_name), path, "{type_name}");
        }
    }
}
