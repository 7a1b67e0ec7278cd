//! A source file as the rules see it: text, tokens, functions, and which lines are tests.
//!
//! Tests are items under `#[cfg(test)]` or `#[test]`, files below a `tests` folder, files
//! named `tests.rs`, and files declared by `#[cfg(test)] mod name;`.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result};
use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta};

use super::Violation;
use super::tokens::{self, NamedPath, Token};
use crate::tree;

/// Every file of the project that is text.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Sorted by path.
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads the project below `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for path in tree::files(root)? {
            let octets = fs::read(root.join(&path)).with_context(|| path.display().to_string())?;
            if let Ok(text) = String::from_utf8(octets) {
                let path = path.to_string_lossy().replace('\\', "/");
                files.push(File::new(path, text));
            }
        }
        Ok(Self::of(files))
    }

    /// The project of these files.
    pub(crate) fn of(files: Vec<File>) -> Self {
        let mut tree = Self { files };
        tree.mark_declared_tests();
        tree
    }

    /// The Rust sources that could be read.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&File, &Code)> {
        self.files
            .iter()
            .filter_map(|file| Some((file, file.code.as_ref()?.as_ref().ok()?)))
    }

    /// Marks the files that only a `#[cfg(test)] mod name;` brings in.
    fn mark_declared_tests(&mut self) {
        let mut declared = BTreeSet::new();
        for (file, code) in self.rust() {
            declared.extend(code.test_modules.iter().map(|name| file.child_module(name)));
        }
        for file in &mut self.files {
            let stem = file.path.trim_end_matches(".rs");
            let below = |module: &String| stem.starts_with(&format!("{module}/"));
            file.is_test |= declared.contains(stem) || declared.iter().any(below);
        }
    }
}

/// One file of the project.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
    /// Whether all of it is test code.
    pub(crate) is_test: bool,
    /// For a Rust source: what it holds, or the place where it cannot be read.
    pub(crate) code: Option<std::result::Result<Code, (usize, String)>>,
}

impl File {
    /// A file named `path` that says `text`.
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = path.ends_with(".rs").then(|| Code::parse(&text));
        let is_test = path.starts_with("tests/") || path.contains("/tests/");
        let is_test = is_test || path.rsplit('/').next() == Some("tests.rs");
        Self {
            path,
            text,
            is_test,
            code,
        }
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The path, without `.rs`, of the module `name` declared in this file.
    fn child_module(&self, name: &str) -> String {
        let (folder, _) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        match self.name() {
            "lib.rs" | "main.rs" => format!("{folder}/{name}"),
            _ => format!("{}/{name}", self.path.trim_end_matches(".rs")),
        }
    }

    /// A violation of `rule` at `line` of this file.
    pub(crate) fn violation(
        &self,
        line: usize,
        rule: &'static str,
        text: impl Into<String>,
    ) -> Violation {
        Violation {
            path: self.path.clone(),
            line,
            rule,
            text: text.into(),
        }
    }
}

/// What a Rust source holds.
#[derive(Debug)]
pub(crate) struct Code {
    /// All tokens, macros included.
    pub(crate) tokens: Vec<Token>,
    /// All paths, macros included.
    pub(crate) paths: Vec<NamedPath>,
    /// All functions with a body.
    pub(crate) functions: Vec<Function>,
    /// The lints that `#![forbid(..)]` at the top names.
    pub(crate) forbidden: Vec<String>,
    /// Lines of test items.
    test_lines: Vec<RangeInclusive<usize>>,
    /// Names of modules declared elsewhere, for tests only.
    test_modules: Vec<String>,
}

/// A function with a body.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The line its signature starts on.
    pub(crate) first: usize,
    /// The line of its closing brace.
    pub(crate) last: usize,
}

impl Code {
    fn parse(text: &str) -> std::result::Result<Self, (usize, String)> {
        let at = |error: &syn::Error| (error.span().start().line, error.to_string());
        let syntax = syn::parse_file(text).map_err(|error| at(&error))?;
        let stream = TokenStream::from_str(text).map_err(|error| at(&error.into()))?;
        let mut tokens = Vec::new();
        tokens::flatten(stream, &mut tokens);
        let mut items = Items::default();
        items.visit_file(&syntax);
        Ok(Self {
            paths: tokens::paths(&tokens),
            tokens,
            functions: items.functions,
            forbidden: syntax.attrs.iter().flat_map(forbidden).collect(),
            test_lines: items.test_lines,
            test_modules: items.test_modules,
        })
    }

    /// Whether `line` belongs to a test item.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.test_lines.iter().any(|lines| lines.contains(&line))
    }

    /// How many lines belong to test items, of `total`.
    pub(crate) fn test_line_count(&self, total: usize) -> usize {
        (1..=total).filter(|line| self.is_test(*line)).count()
    }

    /// The tokens outside test items, each with those that follow it.
    pub(crate) fn product_tokens(&self) -> impl Iterator<Item = (&Token, &[Token])> {
        self.windows()
            .filter(|(token, _)| !self.is_test(token.line))
    }

    /// All tokens, each with those that follow it.
    pub(crate) fn windows(&self) -> impl Iterator<Item = (&Token, &[Token])> {
        (0..self.tokens.len()).filter_map(|at| self.tokens.get(at..)?.split_first())
    }
}

/// Every Rust source can be read; test inputs that should not compile may fail.
pub(crate) fn parses(tree: &Tree, out: &mut Vec<Violation>) {
    for file in tree.files.iter().filter(|file| !file.is_test) {
        if let Some(Err((line, error))) = &file.code {
            out.push(file.violation(*line, "parses", error.clone()));
        }
    }
}

/// Collects functions and test items from the syntax tree.
#[derive(Default)]
struct Items {
    functions: Vec<Function>,
    test_lines: Vec<RangeInclusive<usize>>,
    test_modules: Vec<String>,
}

impl Items {
    fn note_tests(&mut self, attributes: &[Attribute], item: &impl Spanned) {
        if attributes.iter().any(is_test_attribute) {
            let span = item.span();
            self.test_lines.push(span.start().line..=span.end().line);
        }
    }

    fn note_function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        self.functions.push(Function {
            name: signature.ident.to_string(),
            first: signature.span().start().line,
            last: body.span().end().line,
        });
    }
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item(&mut self, item: &'ast Item) {
        self.note_tests(attributes_of(item), item);
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_none() && module.attrs.iter().any(is_test_attribute) {
            self.test_modules.push(module.ident.to_string());
        }
        visit::visit_item_mod(self, module);
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note_function(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note_tests(&function.attrs, function);
        self.note_function(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.note_function(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// Whether the attribute is `#[test]`, `#[cfg(test)]` or `#[cfg(all(test, ..))]`.
fn is_test_attribute(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test")
        }
        _ => false,
    }
}

/// The lints an attribute forbids.
fn forbidden(attribute: &Attribute) -> Vec<String> {
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("forbid") => list
            .tokens
            .to_string()
            .split(',')
            .map(|lint| lint.trim().to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

/// The attributes of an item, of whatever kind.
fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
