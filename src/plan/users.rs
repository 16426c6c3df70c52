//! What of a plan is the user's to set: on a platform, the rest is the provider's, and is planned and explained but not written.

use super::Plan;
use crate::catalog::{self, Platform};
use std::borrow::Cow;

impl Plan {
    fn platform_facts(&self) -> Option<&'static Platform> {
        catalog::platform(&self.platform)
    }

    /// Whether the platform lets the user set a tunable.
    #[must_use]
    pub fn is_users(&self, name: &str) -> bool {
        self.platform_facts().is_none_or(|p| p.settable(name))
    }

    /// Why a tunable is not the user's; nothing where it is.
    #[must_use]
    pub fn providers(&self, name: &str) -> Option<String> {
        let platform = self.platform_facts().filter(|p| !p.settable(name))?;
        Some(format!("{} does not let a user set it: {}", self.platform, platform.settable_note))
    }

    /// The plan with what is the user's alone.
    #[must_use]
    pub fn users(&self) -> Cow<'_, Self> {
        if self.platform_facts().is_none_or(Platform::takes_everything) {
            return Cow::Borrowed(self);
        }
        let mut out = self.clone();
        let own = |name: &String| self.is_users(name);
        for class in out.classes.values_mut() {
            class.values.retain(|name, _| own(name));
        }
        out.shared.retain(|name, _| own(name));
        out.control_plane.retain(|name, _| own(name));
        Cow::Owned(out)
    }
}
