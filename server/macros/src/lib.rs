//! One attribute, `operation`: what a handler's signature and documentation say about
//! it, for the description of the API.

use proc_macro::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, FnArg, Ident, ItemFn, Lit, Meta, ReturnType, Token, parse_macro_input};

/// Describes a handler: `#[operation(NameTaken, NameInvalid)]`, with the problems that it
/// answers beyond those of its arguments and those of every operation.
///
/// Beside the function stands then a type of the same name (functions and types have
/// names of their own each), which implements `Operation`: with the documentation, and
/// with what the types of the arguments ask for and the type of the answer gives. So the
/// list of routes can name both by one path, and can't name a handler that isn't
/// described.
#[proc_macro_attribute]
pub fn operation(problems: TokenStream, handler: TokenStream) -> TokenStream {
    let problems =
        parse_macro_input!(problems with Punctuated::<Ident, Token![,]>::parse_terminated);
    let handler = parse_macro_input!(handler as ItemFn);
    let (visibility, name) = (&handler.vis, &handler.sig.ident);
    let words = words(&handler.attrs);
    let arguments = handler.sig.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(&argument.ty),
        FnArg::Receiver(_) => None,
    });
    let answer = match &handler.sig.output {
        ReturnType::Type(_, answer) => quote!(#answer),
        ReturnType::Default => quote!(()),
    };
    let problems = problems.iter();
    quote! {
        #handler

        #[doc(hidden)]
        #[expect(non_camel_case_types, reason = "it has the handler's name")]
        #visibility enum #name {}

        impl crate::http::openapi::Operation for #name {
            const WORDS: &'static [&'static str] = &[#(#words),*];

            fn sketch(sketch: &mut crate::http::openapi::Sketch<'_>) {
                #(<#arguments as crate::http::openapi::Asks>::asks(sketch);)*
                <#answer as crate::http::openapi::Answers>::answers(sketch);
                sketch.problems(&[#(crate::http::ProblemCode::#problems),*]);
            }
        }
    }
    .into()
}

/// The lines of a documentation comment.
fn words(attributes: &[Attribute]) -> Vec<String> {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(it) if it.path.is_ident("doc") => match &it.value {
            Expr::Lit(text) => match &text.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect()
}
