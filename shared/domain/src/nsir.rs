//! The National Standard for Incident Recording 2011: categories and qualifiers by their exact names.
//!
//! Source: Home Office, *The National Standard for Incident Recording (NSIR) 2011*, the National
//! Incident Category List and section 1.15 (qualifiers). A force's own labels map to exactly one
//! of these (1.14); the mapping is the force profile's, not this file's.

use std::fmt;

/// The four chapters of the National Incident Category List.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chapter {
    /// Chapter 2.2.
    Transport,
    /// Chapter 2.1, "Anti-Social Behaviour".
    AntiSocialBehaviour,
    /// Chapter 2.3.
    PublicSafetyAndWelfare,
    /// Chapter 2.4, optional for forces.
    Administration,
}

/// A category of the National Incident Category List.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is its name in NSIR 2011, given by `name`")]
pub enum Category {
    RtcDeathInjury,
    RtcDamageOnly,
    HighwayDisruption,
    RoadRelatedOffence,
    RailAirMarine,
    AsbPersonal,
    AsbNuisance,
    AsbEnvironmental,
    AbandonedCall,
    AbsconderWanted,
    Alarm,
    AnimalsWildlife,
    CivilDisputes,
    ConcernForSafety,
    DomesticIncident,
    Firearms,
    HoaxCalls,
    Immigration,
    IndustrialIncident,
    Licensing,
    MissingPerson,
    NaturalDisaster,
    Protest,
    SuddenDeath,
    SuspiciousCircumstances,
    SuspiciousPackage,
    CancelExitError,
    ComplaintsAgainstPolice,
    ContactRecord,
    Duplicate,
    LostFound,
    Messages,
    PoliceGenerated,
    PrePlannedEvent,
    TestTraining,
}

/// Every category with its chapter and its exact name.
pub const CATEGORIES: [(Category, Chapter, &str); 35] = {
    use Category as C;
    use Chapter::{
        Administration as Admin, AntiSocialBehaviour as Asb, PublicSafetyAndWelfare as Psw,
        Transport,
    };
    [
        (C::RtcDeathInjury, Transport, "RTC - Death/Injury"),
        (C::RtcDamageOnly, Transport, "RTC - Damage Only"),
        (C::HighwayDisruption, Transport, "Highway Disruption"),
        (C::RoadRelatedOffence, Transport, "Road Related Offence"),
        (C::RailAirMarine, Transport, "Rail/Air/Marine Incident Not Recorded Elsewhere"),
        (C::AsbPersonal, Asb, "Personal"),
        (C::AsbNuisance, Asb, "Nuisance"),
        (C::AsbEnvironmental, Asb, "Environmental"),
        (C::AbandonedCall, Psw, "Abandoned Call to Emergency Services"),
        (C::AbsconderWanted, Psw, "Absconder/AWOL/Wanted Persons/Police and Court Orders/Bail"),
        (C::Alarm, Psw, "Alarm"),
        (C::AnimalsWildlife, Psw, "Animals/Wildlife"),
        (C::CivilDisputes, Psw, "Civil Disputes"),
        (C::ConcernForSafety, Psw, "Concern for Safety"),
        (C::DomesticIncident, Psw, "Domestic Incident"),
        (C::Firearms, Psw, "Firearms"),
        (C::HoaxCalls, Psw, "Hoax Calls"),
        (C::Immigration, Psw, "Immigration"),
        (C::IndustrialIncident, Psw, "Industrial Incident/Accident"),
        (C::Licensing, Psw, "Licensing"),
        (C::MissingPerson, Psw, "Missing Person"),
        (C::NaturalDisaster, Psw, "Natural Disaster (Incident/Warning)"),
        (C::Protest, Psw, "Protest/Demonstration"),
        (C::SuddenDeath, Psw, "Sudden Death"),
        (C::SuspiciousCircumstances, Psw, "Suspicious Circumstances/Insecure premises or vehicles"),
        (C::SuspiciousPackage, Psw, "Suspicious Package or Object"),
        (C::CancelExitError, Admin, "Cancel/Exit/Error"),
        (C::ComplaintsAgainstPolice, Admin, "Complaints Against Police"),
        (C::ContactRecord, Admin, "Contact Record"),
        (C::Duplicate, Admin, "Duplicate"),
        (C::LostFound, Admin, "Lost/Found Property/Person"),
        (C::Messages, Admin, "Messages"),
        (C::PoliceGenerated, Admin, "Police Generated Resource Activity"),
        (C::PrePlannedEvent, Admin, "Pre-Planned Event(s)"),
        (C::TestTraining, Admin, "Test/Training"),
    ]
};

impl Category {
    /// Finds a category by its exact name.
    pub fn parse(name: &str) -> Option<Self> {
        CATEGORIES.iter().find(|(_, _, known)| *known == name).map(|(category, _, _)| *category)
    }

    /// The name NSIR gives it.
    pub fn name(self) -> &'static str {
        CATEGORIES.iter().find(|(category, _, _)| *category == self).map_or("", |(_, _, name)| name)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A qualifier: what a force adds to a closing code (NSIR 1.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is its name in NSIR 2011, given by `name`")]
pub enum Qualifier {
    PrejudiceDisability,
    PrejudiceRacial,
    PrejudiceReligionOrBelief,
    PrejudiceSexualOrientation,
    PrejudiceTransgender,
    Alcohol,
    Drugs,
    MentalHealth,
    Olympics,
    YouthRelated,
    AssistanceToOtherPublicAgency,
    CallMadeWithGoodIntent,
    ColdCalling,
    CriticalIncident,
    DomesticAbuse,
    Firearms,
    HonourBasedIncident,
    Lamping,
    MajorIncident,
    OtherIntoxicants,
    OtherPoliceForceDealing,
    OtherPublicAgencyDealing,
    PersistentCaller,
    VulnerableAdult,
    VulnerableChildYoungPerson,
    Weapons,
    Wildlife,
}

/// Every qualifier with its exact name.
pub const QUALIFIERS: [(Qualifier, &str); 27] = {
    use Qualifier as Q;
    [
        (Q::PrejudiceDisability, "Prejudice - Disability"),
        (Q::PrejudiceRacial, "Prejudice - Racial"),
        (Q::PrejudiceReligionOrBelief, "Prejudice - Religion or Belief"),
        (Q::PrejudiceSexualOrientation, "Prejudice - Sexual Orientation"),
        (Q::PrejudiceTransgender, "Prejudice - Transgender"),
        (Q::Alcohol, "Alcohol"),
        (Q::Drugs, "Drugs"),
        (Q::MentalHealth, "Mental Health"),
        (Q::Olympics, "Olympics"),
        (Q::YouthRelated, "Youth Related"),
        (Q::AssistanceToOtherPublicAgency, "Assistance to Other Public Agency"),
        (Q::CallMadeWithGoodIntent, "Call Made with Good Intent"),
        (Q::ColdCalling, "Cold Calling"),
        (Q::CriticalIncident, "Critical Incident"),
        (Q::DomesticAbuse, "Domestic Abuse"),
        (Q::Firearms, "Firearms"),
        (Q::HonourBasedIncident, "Honour Based Incident"),
        (Q::Lamping, "Lamping"),
        (Q::MajorIncident, "Major Incident"),
        (Q::OtherIntoxicants, "Other Intoxicants"),
        (Q::OtherPoliceForceDealing, "Other Police Force Dealing"),
        (Q::OtherPublicAgencyDealing, "Other Public Agency Dealing"),
        (Q::PersistentCaller, "Persistent Caller"),
        (Q::VulnerableAdult, "Vulnerable Adult"),
        (Q::VulnerableChildYoungPerson, "Vulnerable Child / Young Person"),
        (Q::Weapons, "Weapons"),
        (Q::Wildlife, "Wildlife"),
    ]
};

impl Qualifier {
    /// Finds a qualifier by its exact name.
    pub fn parse(name: &str) -> Option<Self> {
        QUALIFIERS.iter().find(|(_, known)| *known == name).map(|(qualifier, _)| *qualifier)
    }

    /// The name NSIR gives it.
    pub fn name(self) -> &'static str {
        QUALIFIERS.iter().find(|(qualifier, _)| *qualifier == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_itself() {
        for (category, _, name) in CATEGORIES {
            assert_eq!(Category::parse(name), Some(category));
            assert_eq!(category.name(), name);
        }
        for (qualifier, name) in QUALIFIERS {
            assert_eq!(Qualifier::parse(name), Some(qualifier));
            assert_eq!(qualifier.name(), name);
        }
    }

    #[test]
    fn a_name_nsir_does_not_have_finds_nothing() {
        assert_eq!(Category::parse("Highways Disruption"), None);
        assert_eq!(Category::parse(""), None);
        assert_eq!(Qualifier::parse("domestic abuse"), None);
    }
}
