//! What is drawn for a curtain, by a thread of its own: a poster and a line of text.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::capture::Image;
use super::poster;
use crate::core::effect::ScreenPlan;
use crate::core::types::{CurtainPicture, CurtainSettings};
use crate::life;

/// What is to be drawn: it takes a moment, and is left to a thread of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DrawJob {
    picture: CurtainPicture,
    text: Option<String>,
    width: u32,
    height: u32,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub(super) job: DrawJob,
    pub(super) poster: Option<Arc<Image>>,
    pub(super) caption: Option<Arc<Image>>,
    /// What is missing or wrong on it, for people.
    pub(super) flaws: Vec<String>,
}

impl DrawJob {
    pub(super) fn of(plan: &ScreenPlan) -> Self {
        Self {
            picture: plan.curtain.picture.clone(),
            text: plan.curtain.text.clone(),
            width: plan.monitor.rect.width,
            height: plan.monitor.rect.height,
        }
    }

    /// Whether there is nothing to be drawn.
    pub(super) fn is_plain(&self) -> bool {
        self.text.is_none() && !matches!(self.picture, CurtainPicture::Poster { .. })
    }

    /// Reads and draws; a poster that cannot be read is left black. Files and fonts are whatever they are: what cannot be
    /// drawn because of them is missing on this curtain, and nowhere else.
    pub(super) fn draw(self) -> Face {
        let mut flaws = Vec::new();
        let poster = match &self.picture {
            CurtainPicture::Poster { file, scale } => {
                let _waiting = life::waits_for("a poster");
                let loaded = unharmed(|| poster::load(file, *scale, self.width, self.height));
                let loaded =
                    loaded.map_err(|why| format!("the poster {} cannot be shown: {why}", file.display()));
                loaded.map_err(|why| flaws.push(why)).ok().map(Arc::new)
            }
            CurtainPicture::Last | CurtainPicture::Black => None,
        };
        let caption = self.text.as_ref().and_then(|text| {
            match unharmed(|| poster::caption(text, self.width, self.height)) {
                Ok(drawn) => {
                    let missing = poster::missing_words(&drawn.missing);
                    flaws.extend(
                        missing.map(|why| format!("the text \"{text}\" is not all to be read: {why}")),
                    );
                    Some(Arc::new(drawn.image))
                }
                Err(why) => {
                    flaws.push(format!("the text \"{text}\" cannot be shown on a curtain: {why}"));
                    None
                }
            }
        });
        Face { job: self, poster, caption, flaws }
    }
}

/// What is wrong with a curtain, for people: tried out on a screen of a usual size.
pub fn curtain_flaws(curtain: &CurtainSettings) -> Vec<String> {
    let (width, height) = (1920, 1080);
    let job = DrawJob { picture: curtain.picture.clone(), text: curtain.text.clone(), width, height };
    if job.is_plain() { Vec::new() } else { job.draw().flaws }
}

/// What is drawn, unless that panics.
fn unharmed<T>(draw: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let drawn = catch_unwind(AssertUnwindSafe(draw));
    drawn.unwrap_or_else(|_| Err("Vitrine fails over it; the log says where".to_owned()))
}
