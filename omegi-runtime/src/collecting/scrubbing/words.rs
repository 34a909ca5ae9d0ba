//! The words of names, and of sentences with such names.
//!
//! A text may speak of a secret without containing it: `unexpected token: x`, `tokenizer: bpe`,
//! `password: must not be empty`. The tables of this file decide about names before a colon that
//! no quote and no brace marks as names of values.

/// Names that mean a secret in some texts, and in others a part of a language or of a table.
const AMBIGUOUS: [&str; 6] = ["key", "keys", "pass", "passes", "token", "tokens"];

/// Words before them that make them names of secrets.
const QUALIFIERS: &str = "\
    access account admin api app auth authentication bearer bot client csrf customer deploy device \
    encryption id jwt license login master oauth private recovery refresh secret security session \
    shared signing user";

/// Words before them that make them parts of a language or of a table.
const GRAMMAR: &str = "\
    composite duplicate end expected expecting first foreign found hash last map missing next no of \
    partition previous primary public required sort such unexpected unique unknown unrecognized unsupported";

/// Words that contain a part such as `key`, and are no secrets.
const ORDINARY: &str = "\
    bypass bypassed bypasses compass donkey encompass encompassed hockey hotkey hotkeys \
    jockey keyboard keyboards keyframe keyframes keynote keypad keyspace keystroke keyword \
    keywords monkey passage passed passenger passengers passing passion passive secretary \
    surpass surpassed surpasses tokenization tokenize tokenized tokenizer tokenizers \
    trespass turkey whiskey";

/// Last words of names that describe a secret: `token_count`, `KeyError`.
const DESCRIPTIONS: &str = "count error errors exception index len length lifetime limit size ttl type types";

/// First words of a sentence about a secret.
const SENTENCES: &str = "\
    a already an and are at can cannot contains could denied does empty environment error expected \
    expired failed field for found has have in incorrect invalid is it length may mismatch missing \
    must needs no not or permission please required requires should the this to too unable \
    unexpected unknown value was were will with wrong";

/// Endings of source files: a line's number follows them.
const SOURCES: [&str; 14] =
    ["c", "cc", "cpp", "cs", "go", "h", "java", "js", "kt", "php", "py", "rb", "rs", "ts"];

/// Returns the words of a name: those of `api_key`, `apiKey` and `api-key` are `api` and `key`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() && last.is_lowercase() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
        last = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The meaning of a secret's name before a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A secret.
    Secret,
    /// A secret, or a part of a language or of a table.
    Ambiguous,
    /// A part of a language or of a table.
    Grammar,
    /// No secret, although its name matches.
    Ordinary,
}

/// Returns the meaning of a name that `is_secret`, behind another word.
pub(super) fn sense(name: &str, before: &str, mut is_secret: impl FnMut(&str) -> bool) -> Sense {
    let mut words = words(name);
    if words.last().is_some_and(|last| has(DESCRIPTIONS, last) && !is_secret(last)) {
        return Sense::Ordinary;
    }
    if let [word] = words.as_slice()
        && AMBIGUOUS.contains(&word.as_str())
    {
        let before = before.to_lowercase();
        return if has(QUALIFIERS, &before) {
            Sense::Secret
        } else if has(GRAMMAR, &before) {
            Sense::Grammar
        } else {
            Sense::Ambiguous
        };
    }
    let length = words.len();
    words.retain(|word| !has(ORDINARY, word));
    let is_ordinary = words.len() < length && !is_secret(&words.join("_"));
    if is_ordinary { Sense::Ordinary } else { Sense::Secret }
}

/// Returns whether a name may also be a part of a language or of a table.
pub(super) fn is_ambiguous(name: &str) -> bool {
    AMBIGUOUS.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Returns whether the value of a name is a list of names and values.
pub(super) fn is_list(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| word == "authorization")
        || words.last().is_some_and(|word| word == "cookie" || word == "cookie2")
}

/// Returns whether a name is that of a source file (`token.rs:12`).
pub(super) fn is_source_file(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| SOURCES.contains(&ending))
}

/// Returns whether `value` is the folder that shells keep in the variable `PWD`.
pub(super) fn is_shell_folder(name: &str, value: &str) -> bool {
    (name == "PWD" || name == "OLDPWD") && value.starts_with('/')
}

/// Returns whether a value that is quoted right behind such a name is a secret: `password 'x'`, not
/// `token ';'`.
pub(super) fn is_credential(name: &str, before: &str) -> bool {
    let mut words = words(name);
    if words.len() == 1 {
        words.insert(0, before.to_lowercase());
    }
    let is_qualified = matches!(words.as_slice(), [.., qualifier, noun]
        if AMBIGUOUS.contains(&noun.as_str()) && has(QUALIFIERS, qualifier));
    is_qualified
        || words.last().is_some_and(|word| word.starts_with("passw") || word == "passphrase" || word == "pwd")
}

/// Returns whether the name is that of a type whose only field is a secret: `ClientSecret("x")`,
/// not `MissingSecret("x")`.
pub(super) fn is_secret_type(name: &str) -> bool {
    let words = words(name);
    let is_type = name.starts_with(|letter: char| letter.is_ascii_uppercase());
    let is_error = words.iter().any(|word| word == "invalid" || has(GRAMMAR, word));
    let is_text = |word: &str| has("bytes str string text value vec", word);
    let is_noun = match words.as_slice() {
        [.., noun, text] if noun == "secret" && is_text(text) => true,
        [_, .., noun] if noun == "secret" => true,
        [.., noun] => noun == "credential" || noun == "credentials",
        [] => false,
    };
    is_type && !is_error && is_noun
}

/// Returns whether a sentence of `serde` quotes the value that it refuses.
pub(super) fn quotes_the_value(sentence: &str) -> bool {
    ["invalid type: ", "invalid value: "].iter().any(|start| sentence.starts_with(start))
}

/// Returns whether a value is the beginning of a sentence: a word of grammar and more words.
pub(super) fn is_sentence(value: &str) -> bool {
    let mut words = value.split_ascii_whitespace();
    let first = words.next().map(|word| word.to_lowercase());
    first.is_some_and(|first| has(SENTENCES, &first)) && words.next().is_some()
}

/// Returns whether a value only says that there is a secret, or none.
pub(super) fn is_flag(value: &str) -> bool {
    has("disabled enabled false no none null optional required true yes", &value.to_ascii_lowercase())
}

/// Returns whether the word can be no value behind an option's name: `use --password to …`.
pub(super) fn is_of_a_sentence(word: &str) -> bool {
    has(SENTENCES, word)
}

/// Returns whether a table has a word.
fn has(table: &str, word: &str) -> bool {
    table.split_ascii_whitespace().any(|known| known == word)
}
