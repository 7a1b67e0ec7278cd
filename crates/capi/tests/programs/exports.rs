//! What the library shows to others: its functions and nothing else, each behind the one boundary,
//! in headers that stand for themselves. See `rfc/sp-capi.md` section 2.

use std::collections::BTreeSet;
use std::fs;

use crate::stage::{library, rust_sources, source, succeed, tool};

/// The functions that a header declares.
fn declared(header: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(source(header)).unwrap();
    let declarations = text.split(';').filter(|part| part.contains("NN_EXPORT "));
    let name = |part: &str| {
        let before = part
            .rsplit("NN_EXPORT ")
            .next()
            .unwrap()
            .split('(')
            .next()
            .unwrap();
        let name = before.rsplit([' ', '*', '\n']).next().unwrap();
        name.to_owned()
    };
    declarations.map(name).collect()
}

// rfc: sp-capi A-13
#[test]
fn the_library_exports_what_the_headers_declare() {
    let nanomsg = declared("include/nanomsg/nn.h");
    assert_eq!(nanomsg.len(), 23, "{nanomsg:?}");
    let additions = declared("include/speedwell.h");
    assert!(
        additions.iter().all(|name| name.starts_with("sw_")),
        "{additions:?}"
    );
    let Some(mut nm) = tool("nm", "binutils") else {
        return;
    };
    let output = succeed(nm.args(["-D", "--defined-only"]).arg(library()));
    let text = String::from_utf8(output.stdout).unwrap();
    let exported: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.split(' ').next_back())
        .map(str::to_owned)
        .collect();
    assert_eq!(exported, &nanomsg | &additions);
}

// rfc: sp-capi A-10
#[test]
fn every_function_runs_behind_the_boundary() {
    let mut count = 0;
    for (path, text) in rust_sources() {
        for function in text.split("#[unsafe(no_mangle)]").skip(1) {
            let body = function.split_once(" {\n").unwrap().1;
            let begins = body.trim_start().starts_with("call(");
            let end = body.find("\n}").unwrap();
            let is_all = body[..end].trim_end().trim_end_matches(';').ends_with(')');
            assert!(begins && is_all, "{}: {function}", path.display());
            count += 1;
        }
    }
    assert!(count >= 23, "only {count} functions were found");
}

// rfc: sp-capi A-17
#[test]
fn each_header_stands_for_itself_in_c_and_in_cpp() {
    let mut headers = vec![source("include/speedwell.h")];
    let nanomsg = fs::read_dir(source("include/nanomsg")).unwrap();
    headers.extend(nanomsg.map(|entry| entry.unwrap().path()));
    assert_eq!(headers.len(), 12);
    for header in headers {
        for (compiler, kind) in [
            ("cc", ["-xc", "-std=c99"]),
            ("c++", ["-xc++", "-std=c++11"]),
        ] {
            let Some(mut command) = tool(compiler, "build-essential") else {
                return;
            };
            command
                .args(kind)
                .args(["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-pedantic"]);
            command
                .arg("-Wno-pragma-once-outside-header")
                .arg("-I")
                .arg(source("include"));
            succeed(command.arg(&header));
        }
    }
}
