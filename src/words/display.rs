//! What is told, in English: for log and API.

use std::fmt;

use super::{Language, sentence};
use crate::core::types::{
    Evidence, Failure, Holder, Ignored, NameFlaw, Nameable, Refusal, Told, Trouble, Value, ViewerFault,
};

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self, Language::English))
    }
}

macro_rules! english {
    ($($told:ty),*) => {
        $(impl fmt::Display for $told {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.told().fmt(f)
            }
        })*
    };
}

english!(Evidence, Failure, Ignored, NameFlaw, Refusal, Trouble, ViewerFault);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Value::Text(name) => f.write_str(&name),
            Value::Told(told) => told.fmt(f),
            Value::Number(_) | Value::Span(_) => Ok(()),
        }
    }
}
