//! The table of all options: names, spelling, and the items on which each makes sense.

/// One option: its name, its usage, and whether it makes sense as a default of a container.
pub(crate) struct KnownOption {
    pub(crate) key: &'static str,
    pub(crate) usage: &'static str,
    pub(crate) on_containers: bool,
}

/// Every option that a user can write.
pub(crate) const KNOWN_OPTIONS: [KnownOption; 13] = [
    KnownOption { key: "name", usage: "`name = \"…\"`", on_containers: false },
    KnownOption { key: "skip", usage: "`skip(argument, …)`", on_containers: false },
    KnownOption { key: "skip_all", usage: "`skip_all`", on_containers: true },
    KnownOption { key: "fields", usage: "`fields(key = value, …)`", on_containers: false },
    KnownOption {
        key: "err",
        usage: "`err`, `err(Debug)`, `err(Display)`, `err = ignore(Error, …)` or `err = off`",
        on_containers: true,
    },
    KnownOption { key: "ret", usage: "`ret` or `ret = off`", on_containers: true },
    KnownOption {
        key: "args",
        usage: "`args`, `args(argument, …)` or `args = always`, `sampled`, `off`",
        on_containers: true,
    },
    KnownOption {
        key: "kind",
        usage: "`kind = \"internal\"`, `\"server\"`, `\"client\"`, `\"producer\"` or `\"consumer\"`",
        on_containers: true,
    },
    KnownOption { key: "spawns", usage: "`spawns = on` or `spawns = off`", on_containers: true },
    KnownOption { key: "loops", usage: "`loops = on` or `loops = off`", on_containers: true },
    KnownOption {
        key: "detail",
        usage: "`detail = \"span\"`, `\"errors\"`, `\"none\"` or `\"auto\"`",
        on_containers: true,
    },
    KnownOption { key: ALL, usage: "`all`", on_containers: true },
    KnownOption { key: "crate", usage: "`crate = path::to::omegi`", on_containers: true },
];

/// The one option without a meaning on a function: `#[traced]` there weaves every impl's method.
pub(crate) const ALL: &str = "all";

/// The key under which a container hands its defaults on; users never write it.
pub(crate) const INHERIT: &str = "__inherit";

/// The option by which the weave of a whole crate has `#[untraced]` mute a signal handler.
pub(crate) const SIGNAL_HANDLER: &str = "__signal_handler";

/// The key under which the weave of a whole crate lists the types that may be a `Result`.
pub(crate) const RESULTS: &str = "__results";

/// The key under which the weave of a whole crate lists the names around an item, as far as they
/// decide about calls that spawn.
pub(crate) const NAMES: &str = "__names";

/// The key under which the weave of a whole crate asks for generated code at the functions' places:
/// messages of the compiler about it then point at the function.
pub(crate) const LOCATED: &str = "__located";

/// The key under which the weave of a whole crate asks for calls to be counted and timed, and
/// nothing else: for `cargo omegi tune`.
pub(crate) const PROFILED: &str = "__profiled";

/// The words of the restrictions that the weave of a whole crate puts on functions: see
/// [`Restriction`](crate::parse::own_attributes::Restriction).
pub(crate) const SPAWNS: &str = "__spawns";
pub(crate) const ERRORS: &str = "__errors";
pub(crate) const WITHIN: &str = "__within";

/// The words of the details that the weave of a whole crate puts on functions, by their profile.
pub(crate) const MEASURED_SPAN: &str = "__measured_span";
pub(crate) const MEASURED_ERRORS: &str = "__measured_errors";

/// The key of the attribute that the weave puts below those of other libraries, with the name of
/// the function on which it was put: `__late("total")`.
pub(crate) const LATE: &str = "__late";

/// The key under which that attribute has the types around: type parameters, and associated types
/// with their values.
pub(crate) const CONTEXT: &str = "__context";

/// The names of all options that a user can write.
pub(crate) fn known_keys() -> impl Iterator<Item = &'static str> {
    KNOWN_OPTIONS.iter().map(|known| known.key)
}
