//! The session itself: which state meets which input.

use std::collections::VecDeque;
use std::mem;

use umbra_model::Millis;

use super::close::Ending;
use super::fault::{FaultCode, Offence};
use super::greeting::{Greeting, Opening};
use super::input::{Input, News, Opened};
use super::intake::Intake;
use super::live::{Live, Step, Stop, send};
use super::meter::Rates;
use super::output::Output;
use crate::wire::{ClientFrame, ServerFrame};

/// The server's end of one connection.
#[derive(Debug)]
pub struct ServerSession {
    state: State,
    out: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    Greeting(Greeting),
    Opening(Box<Opening>),
    Live(Box<Live>),
    Ended,
}

impl ServerSession {
    /// A connection that has just been made.
    pub fn new(rates: Rates, now: Millis) -> Self {
        let greeting = Greeting::new(Intake::new(rates, now), now);
        Self { state: State::Greeting(greeting), out: VecDeque::new() }
    }

    /// Takes one input. Outputs are drained by [`Self::poll`] before the next.
    pub fn handle(&mut self, now: Millis, input: Input) {
        if self.is_ended() {
            return;
        }
        let state = mem::replace(&mut self.state, State::Ended);
        self.state = match input {
            Input::Frame(frame, bytes) => self.frame(state, frame, bytes, now),
            Input::BadFrame(bad) => self.offence(state, bad.into()),
            Input::Text => {
                let text = "frames are binary messages, this one is text";
                self.offence(state, FaultCode::FrameNotBinary.because(text))
            }
            Input::Opened(opened) => self.opened(state, opened, now),
            Input::Page(page) => self.live(state, |live, out| live.page(page, out)),
            Input::Judged(judged) => self.live(state, |live, out| live.judged(judged, out)),
            Input::Answered(answer) => self.live(state, |live, out| live.answered(answer, out)),
            Input::News(news) => self.news(state, news),
            Input::End(ending) => self.end(state, ending),
            Input::Tick => self.tick(state, now),
        };
    }

    /// The next thing to do; `None` where there is nothing until the next input.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When to give the next [`Input::Tick`], if nothing else comes before.
    pub fn deadline(&self) -> Option<Millis> {
        match &self.state {
            State::Greeting(greeting) => Some(greeting.until),
            State::Opening(_) | State::Live(_) | State::Ended => None,
        }
    }

    /// Whether the shell may read another frame. Where it may not, the client is
    /// slowed down until some of what it sent is answered.
    pub fn takes_frames(&self) -> bool {
        match &self.state {
            State::Greeting(_) => true,
            State::Opening(_) | State::Ended => false,
            State::Live(live) => live.intake.has_room(),
        }
    }

    /// Whether nothing follows any more.
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn frame(&mut self, mut state: State, frame: ClientFrame, bytes: usize, now: Millis) -> State {
        let intake = match &mut state {
            State::Greeting(it) => &mut it.intake,
            State::Opening(it) => &mut it.intake,
            State::Live(it) => &mut it.intake,
            State::Ended => return State::Ended,
        };
        match intake.frame(bytes, now) {
            Ok(()) => self.admitted(state, frame, bytes, now),
            Err(offence) => self.offence(state, offence),
        }
    }

    /// A frame that is within the rates.
    fn admitted(&mut self, state: State, frame: ClientFrame, bytes: usize, now: Millis) -> State {
        use ClientFrame as F;
        match (state, frame) {
            (State::Greeting(greeting), F::Hello(hello)) => match greeting.hello(hello) {
                Ok(opening) => {
                    self.out.push_back(Output::Open);
                    State::Opening(Box::new(opening))
                }
                Err(offence) => self.offence(State::Ended, offence),
            },
            (
                state @ State::Greeting(_),
                F::Push(_) | F::Command(..) | F::Credit(_) | F::Purged(_) | F::Presence(_),
            ) => self.offence(state, FaultCode::HelloExpected.because("the first frame is hello")),
            (state @ (State::Opening(_) | State::Live(_)), F::Hello(_)) => {
                let text = "a connection has one hello";
                self.offence(state, FaultCode::HelloRepeated.because(text))
            }
            (
                State::Opening(mut opening),
                frame
                @ (F::Push(_) | F::Command(..) | F::Credit(_) | F::Purged(_) | F::Presence(_)),
            ) => match opening.hold(frame, bytes) {
                Ok(()) => State::Opening(opening),
                Err(offence) => self.offence(State::Opening(opening), offence),
            },
            (State::Live(mut live), F::Push(push)) => {
                let step = live.push(push, bytes, &mut self.out);
                self.after(live, step)
            }
            (State::Live(mut live), F::Command(id, command)) => {
                let step = live.command(id, command, &mut self.out);
                self.after(live, step)
            }
            (State::Live(mut live), F::Credit(more)) => {
                let step = live.credit(more, &mut self.out);
                self.after(live, step)
            }
            (State::Live(live), F::Purged(purged)) => {
                self.out.push_back(Output::Confirm(purged.order));
                State::Live(live)
            }
            (State::Live(mut live), F::Presence(presence)) => {
                let step = live.presence(presence, now, &mut self.out);
                self.after(live, step)
            }
            (
                State::Ended,
                F::Hello(_)
                | F::Push(_)
                | F::Command(..)
                | F::Credit(_)
                | F::Purged(_)
                | F::Presence(_),
            ) => State::Ended,
        }
    }

    fn opened(&mut self, state: State, opened: Opened, now: Millis) -> State {
        let opening = match state {
            State::Opening(opening) => *opening,
            other @ (State::Greeting(_) | State::Live(_) | State::Ended) => return other,
        };
        let Opening { intake, greeted, frames, behind, news } = opening;
        let live = Live::open(intake, &greeted, opened, now, &mut self.out);
        let mut state = State::Live(Box::new(live));
        for news in behind.into_iter().map(|space| News::Behind(space, None)).chain(news) {
            state = self.news(state, news);
        }
        for (frame, bytes) in frames {
            state = self.admitted(state, frame, bytes, now);
        }
        state
    }

    fn news(&mut self, state: State, news: News) -> State {
        match state {
            State::Opening(mut opening) => {
                opening.hear(news);
                State::Opening(opening)
            }
            State::Live(mut live) => {
                let step = live.news(news, &mut self.out);
                self.after(live, step)
            }
            other @ (State::Greeting(_) | State::Ended) => other,
        }
    }

    fn live(
        &mut self,
        state: State,
        step: impl FnOnce(&mut Live, &mut VecDeque<Output>) -> Step,
    ) -> State {
        match state {
            State::Live(mut live) => {
                let step = step(&mut live, &mut self.out);
                self.after(live, step)
            }
            other @ (State::Greeting(_) | State::Opening(_) | State::Ended) => other,
        }
    }

    fn tick(&mut self, state: State, now: Millis) -> State {
        match state {
            State::Greeting(greeting) if now >= greeting.until => {
                let text = "no hello came in time";
                let offence = FaultCode::HelloTimeout.because(text);
                self.offence(State::Greeting(greeting), offence)
            }
            State::Greeting(_) | State::Opening(_) | State::Live(_) | State::Ended => state,
        }
    }

    fn after(&mut self, live: Box<Live>, step: Step) -> State {
        match step {
            Ok(()) => State::Live(live),
            Err(Stop::Offence(offence)) => self.offence(State::Live(live), offence),
            Err(Stop::Close(code, reason)) => {
                self.say_goodbyes(State::Live(live));
                self.out.push_back(Output::Close(code, reason));
                State::Ended
            }
        }
    }

    /// Tells the client what it did wrong, and ends the connection if it must.
    fn offence(&mut self, state: State, offence: Offence) -> State {
        let code = offence.code;
        send(&mut self.out, &ServerFrame::Fault(offence.fault()));
        let Some(close) = code.close() else { return state };
        self.say_goodbyes(state);
        self.out.push_back(Output::Close(close, code.as_str()));
        State::Ended
    }

    fn end(&mut self, state: State, ending: Ending) -> State {
        self.say_goodbyes(state);
        self.out.push_back(match ending.close() {
            Some(code) => Output::Close(code, ending.reason()),
            None => Output::Drop,
        });
        State::Ended
    }

    fn say_goodbyes(&mut self, state: State) {
        match state {
            State::Live(mut live) => live.say_goodbye(None, &mut self.out),
            State::Greeting(_) | State::Opening(_) | State::Ended => {}
        }
    }
}
