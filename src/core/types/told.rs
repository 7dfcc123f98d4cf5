//! What is told to people, as data: a code, and what its sentence names. The sentences themselves are in `words`.

use std::borrow::Cow;
use std::time::Duration;

use super::request::Holder;
use super::vm::Failure;

/// A sentence as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which sentence. One that `words` does not know stands for itself.
    pub code: Cow<'static, str>,
    /// What it names, in any order.
    pub values: Vec<(Cow<'static, str>, Value)>,
}

/// Something that a sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A name, or words of others: shown as it is.
    Text(String),
    /// A count.
    Number(u64),
    /// A span of time.
    Span(Duration),
    /// A sentence within the sentence.
    Told(Told),
}

impl Told {
    /// A sentence that names something.
    pub fn new(code: &'static str, values: Vec<(&'static str, Value)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        Self { code: Cow::Borrowed(code), values }
    }

    /// Somebody else's words: a guest's, libvirt's, QEMU's.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new("text", vec![("text", Value::Text(text.into()))])
    }
}

/// A span as people are told of it where tenths of a second mean nothing.
pub(in crate::core) fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs((span + Duration::from_millis(500)).as_secs())
}

/// What can stand in a sentence.
pub trait Nameable {
    /// It, as data.
    fn value(&self) -> Value;
}

impl<T: Nameable + ?Sized> Nameable for &T {
    fn value(&self) -> Value {
        (**self).value()
    }
}

impl Nameable for str {
    fn value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl Nameable for String {
    fn value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl Nameable for u64 {
    fn value(&self) -> Value {
        Value::Number(*self)
    }
}

impl Nameable for usize {
    fn value(&self) -> Value {
        // No computer has more.
        Value::Number(u64::try_from(*self).unwrap_or(u64::MAX))
    }
}

impl Nameable for u32 {
    fn value(&self) -> Value {
        Value::Number(u64::from(*self))
    }
}

impl Nameable for Duration {
    fn value(&self) -> Value {
        Value::Span(*self)
    }
}

impl<T: Nameable> Nameable for Box<T> {
    fn value(&self) -> Value {
        (**self).value()
    }
}

impl Nameable for Told {
    fn value(&self) -> Value {
        Value::Told(self.clone())
    }
}

impl Nameable for Holder {
    fn value(&self) -> Value {
        match self {
            Self::Staff(name) => name.value(),
            Self::Configuration => Value::Told(Told::new("by_configuration", Vec::new())),
        }
    }
}

impl Nameable for Failure {
    fn value(&self) -> Value {
        Value::Told(self.told())
    }
}

/// Defines what is told of one subject: an enum with a code for each variant.
///
/// The code is what journal and API carry, and never changes; the fields are what its sentence names, by these names.
macro_rules! sayings {
    (
        $(#[$meta:meta])*
        pub enum $enum:ident {
            $( $(#[$doc:meta])* $code:literal => $variant:ident $({ $($field:ident: $type:ty),* $(,)? })?, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "a field is what the sentence names, by its name")]
        pub enum $enum {
            $( $(#[$doc])* $variant $({ $($field: $type),* })?, )*
        }

        impl $enum {
            /// All codes, and what the sentence of each names.
            pub const CODES: &[(&'static str, &'static [&'static str])] =
                &[$( ($code, &[$($(stringify!($field)),*)?]), )*];

            /// It, as data.
            pub fn told(&self) -> $crate::core::types::Told {
                match self {
                    $( Self::$variant $({ $($field),* })? => $crate::core::types::Told::new(
                        $code,
                        vec![$($((stringify!($field), $crate::core::types::Nameable::value($field))),*)?],
                    ), )*
                }
            }
        }

        impl $crate::core::types::Nameable for $enum {
            fn value(&self) -> $crate::core::types::Value {
                $crate::core::types::Value::Told(self.told())
            }
        }
    };
}

pub(crate) use sayings;

/// Defines an enum whose variants name nothing, with a code for each.
///
/// The code is what journal and API carry, and never changes; its words are in `words::codes`.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $enum:ident {
            $( $(#[$doc:meta])* $code:literal => $variant:ident, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum {
            $( $(#[$doc])* $variant, )*
        }

        impl $enum {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$( Self::$variant, )*];

            /// Its code in journal and API, which never changes.
            pub fn code(self) -> &'static str {
                match self {
                    $( Self::$variant => $code, )*
                }
            }
        }
    };
}

pub(crate) use codes;
