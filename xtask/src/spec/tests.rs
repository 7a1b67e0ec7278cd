//! What is cited is found, what is not is reported, and the project itself is complete.

use super::Ledger;
use crate::tidy::source::{File, Tree};
use crate::tree;

const PAGE: &str = "# X\n\n**X-01** It must.\n\n**X-02** It must not (X-01).\n";

/// A project of one page and `sources`.
fn ledger(sources: &[(&str, &str)]) -> Ledger {
    let mut files = vec![File::new("rfc/sp-x.md", PAGE)];
    files.extend(sources.iter().map(|(path, text)| File::new(*path, *text)));
    Ledger::of(&Tree::of(files))
}

/// The last lines of the report, without the list of who cites what.
fn complaints(ledger: &Ledger) -> Vec<String> {
    let report = ledger.to_string();
    let shown = |line: &&str| !line.starts_with("sp-") && !line.starts_with(' ');
    report.lines().filter(shown).map(str::to_owned).collect()
}

#[test]
fn the_project_tests_what_it_requires() {
    let ledger = Ledger::of(&Tree::read(&tree::root().unwrap()).unwrap());
    assert!(ledger.is_clean(), "{:#?}", complaints(&ledger));
    assert!(ledger.cited.len() > 300, "{}", ledger.cited.len());
}

#[test]
fn a_requirement_with_a_test_is_listed_with_its_places() {
    let ledger = ledger(&[
        ("crates/x/src/a.rs", "// rfc: sp-x X-01 X-02\nfn a() {}\n"),
        (
            "crates/x/tests/b.rs",
            "// rfc: sp-x X-01, X-02\n#[test]\nfn b() {}\n",
        ),
    ]);
    assert!(ledger.is_clean());
    let report = "sp-x X-01\n  code crates/x/src/a.rs:1\n  test crates/x/tests/b.rs:1\n\
                  sp-x X-02\n  code crates/x/src/a.rs:1\n  test crates/x/tests/b.rs:1\n\
                  spec: 2 requirements, 0 without a test\n";
    assert_eq!(ledger.to_string(), report);
}

#[test]
fn a_requirement_without_a_test_is_reported() {
    let ledger = ledger(&[
        ("crates/x/src/a.rs", "// rfc: sp-x X-01 X-02\nfn a() {}\n"),
        (
            "crates/x/tests/b.rs",
            "// rfc: sp-x X-01\n#[test]\nfn b() {}\n",
        ),
    ]);
    assert!(!ledger.is_clean());
    let report = [
        "without a test: sp-x X-02",
        "spec: 2 requirements, 1 without a test",
    ];
    assert_eq!(complaints(&ledger), report);
}

#[test]
fn a_citation_of_nothing_is_reported() {
    let text = "// rfc: sp-x X-01 X-02\nfn a() {}\n// rfc: sp-x X-03, sp-y X-01\nfn b() {}\n";
    let ledger = ledger(&[("crates/x/tests/a.rs", text)]);
    assert!(!ledger.is_clean());
    let report = [
        "crates/x/tests/a.rs:3: there is no sp-x X-03",
        "crates/x/tests/a.rs:3: there is no sp-y X-01",
        "spec: 2 requirements, 0 without a test",
    ];
    assert_eq!(complaints(&ledger), report);
}

#[test]
fn a_page_that_numbers_twice_or_speaks_of_nothing_is_reported() {
    let page = "**X-01** It must.\n**X-01** Or not, as X-07 and `sp-y.md` Y-01 have it.\n";
    let tree = Tree {
        files: vec![
            File::new("rfc/sp-x.md", page),
            File::new("rfc/sp-y.md", "**Y-01** It must.\n"),
        ],
    };
    let report = [
        "rfc/sp-x.md:2: sp-x X-01 is given a second time",
        "rfc/sp-x.md:2: sp-x speaks of X-07, which does not exist",
        "without a test: sp-x X-01",
        "without a test: sp-y Y-01",
        "spec: 2 requirements, 2 without a test",
    ];
    assert_eq!(complaints(&Ledger::of(&tree)), report);
}

#[test]
fn a_requirement_that_waits_needs_a_test_as_soon_as_code_cites_it() {
    let page = File::new(
        "rfc/sp-x.md",
        "**X-01** It must.\n\n*X-02* One day, as X-01.\n",
    );
    let test = File::new("crates/x/tests/b.rs", "// rfc: sp-x X-01\nfn b() {}\n");
    let waits = Ledger::of(&Tree::of(vec![page, test]));
    assert!(waits.is_clean());
    assert!(waits.to_string().contains("\nsp-x X-02, waits\n"));

    let page = File::new("rfc/sp-x.md", "*X-02* One day.\n");
    let code = File::new("crates/x/src/b.rs", "// rfc: sp-x X-02\nfn b() {}\n");
    let built = Ledger::of(&Tree::of(vec![page, code]));
    let report = [
        "without a test: sp-x X-02",
        "spec: 1 requirements, 1 without a test",
    ];
    assert_eq!(complaints(&built), report);
}

#[test]
fn a_project_without_requirements_proves_nothing() {
    assert!(!Ledger::of(&Tree::default()).is_clean());
}

/// Whether a citation in `text`, the source `path`, counts as a test.
fn is_test(path: &str, text: &str) -> bool {
    let ledger = ledger(&[(path, text)]);
    let cited = ledger.cited.values().next().unwrap();
    assert_eq!(cited.code.len() + cited.tests.len(), 1, "{path}: {text}");
    !cited.tests.is_empty()
}

#[test]
fn tests_are_told_from_code() {
    let plain = "// rfc: sp-x X-01\nfn a() {}\n";
    for path in [
        "crates/x/tests/a.rs",
        "crates/x/tests/deep/a.rs",
        "crates/x/src/tests.rs",
        "crates/x/src/a/tests/b.rs",
        "crates/testkit/src/check.rs",
        "crates/sim/src/plan.rs",
        "xtask/src/interop/cases.rs",
        "xtask/src/chaos/table.rs",
    ] {
        assert!(is_test(path, plain), "{path}");
    }
    for path in [
        "crates/x/src/a.rs",
        "crates/x/src/table.rs",
        "xtask/src/tidy.rs",
    ] {
        assert!(!is_test(path, plain), "{path}");
    }
    let code = "crates/x/src/a.rs";
    assert!(is_test(
        code,
        "// rfc: sp-x X-01\n// Why.\n#[test]\nfn a() {}\n"
    ));
    assert!(is_test(
        code,
        "#[cfg(test)]\nmod tests {\n// rfc: sp-x X-01\nfn a() {}\n}\n"
    ));
    assert!(is_test(
        code,
        "/// ```\n/// // rfc: sp-x X-01\n/// ```\nfn a() {}\n"
    ));
    assert!(!is_test(
        code,
        "/// ```\n/// ```\n/// rfc: sp-x X-01\nfn a() {}\n"
    ));
    assert!(!is_test(code, "// rfc: sp-x X-01\n\n#[test]\nfn b() {}\n"));
}

#[test]
fn a_module_that_only_tests_declare_is_a_test() {
    let ledger = ledger(&[
        ("crates/x/src/a.rs", "#[cfg(test)]\nmod rules;\n"),
        (
            "crates/x/src/a/rules.rs",
            "// rfc: sp-x X-01 X-02\nfn a() {}\n",
        ),
    ]);
    assert!(ledger.is_clean(), "{ledger}");
}

#[test]
fn a_checker_is_the_code_of_its_own_page() {
    let tree = Tree {
        files: vec![
            File::new("rfc/sp-simulation.md", "**S-01** It must.\n"),
            File::new(
                "crates/sim/src/a.rs",
                "// rfc: sp-simulation S-01\nfn a() {}\n",
            ),
        ],
    };
    assert!(!Ledger::of(&tree).is_clean());
}

#[test]
fn every_form_of_a_list_is_read() {
    for list in [
        "// rfc: sp-x X-01 X-02",
        "// rfc: sp-x X-01, X-02",
        "// rfc: sp-x X-01, sp-x X-02: because",
        "// Because. rfc: sp-x X-01 X-02",
        "//! As `rfc/sp-x.md` X-01 and X-02 have it",
        "//! (`rfc/sp-x.md` X-01 to X-02).",
        "// rfc: sp-x X-01,\n// X-02",
        "    // rfc: sp-x X-01 X-02",
    ] {
        let ledger = ledger(&[("crates/x/tests/a.rs", &format!("{list}\nfn b() {{}}\n"))]);
        assert!(ledger.is_clean(), "{list}: {ledger}");
    }
    for prose in [
        "// rfc: sp-x X-01: unlike X-02",
        "// rfc: sp-x X-01 but not X-02",
        "// rfc: sp-x X-01\n// X-02",
        "fn a() {} // rfc: sp-x X-02\n// rfc: sp-x X-01",
        "// rfc: sp-x X-01,\n\n// X-02",
    ] {
        let ledger = ledger(&[("crates/x/tests/a.rs", &format!("{prose}\nfn b() {{}}\n"))]);
        let report = [
            "without a test: sp-x X-02",
            "spec: 2 requirements, 1 without a test",
        ];
        assert_eq!(complaints(&ledger), report, "{prose}");
    }
}
