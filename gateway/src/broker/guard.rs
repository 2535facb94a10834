//! Who the built-in broker lets in, and what it lets them do.
//!
//! Four things are checked: the sign-in, each publish, each subscription, and the last will that a
//! client leaves at its sign-in, which the broker would publish without asking. A session belongs to
//! the account that made it: the client id of another account's session is refused, since taking it
//! over would take over what it subscribed to.

use std::sync::Arc;

use async_trait::async_trait;
use rmqtt::codec::v5::SubscribeAckReason;
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::session::Session;
use rmqtt::types::{
    AuthResult, ConnectInfo, LastWill, Publish, PublishAclResult, Subscribe, SubscribeAclResult,
};

use crate::accounts::{Accounts, Action, SignIn};

/// Puts the guard before a broker that does not run yet.
pub(super) async fn post(context: &ServerContext, accounts: Arc<Accounts>) {
    let register = context.extends.hook_mgr().register();
    for kind in
        [Type::ClientAuthenticate, Type::MessagePublishCheckAcl, Type::ClientSubscribeCheckAcl]
    {
        let guard = Guard { accounts: Arc::clone(&accounts), context: context.clone() };
        register.add(kind, Box::new(guard)).await;
    }
    register.start().await;
}

struct Guard {
    accounts: Arc<Accounts>,
    /// Holds the guard, too; both live as long as the process.
    context: ServerContext,
}

#[async_trait]
impl Handler for Guard {
    #[expect(
        elided_lifetimes_in_paths,
        reason = "the trait leaves it out, and so must who implements it"
    )]
    async fn hook(&self, parameter: &Parameter, before: Option<HookResult>) -> ReturnType {
        let judged = match parameter {
            Parameter::ClientAuthenticate(connect) => {
                HookResult::AuthResult(self.sign_in(connect).await)
            }
            Parameter::MessagePublishCheckAcl(session, publish) => {
                HookResult::PublishAclResult(self.publish(session, publish).await)
            }
            Parameter::ClientSubscribeCheckAcl(session, subscribe) => {
                HookResult::SubscribeAclResult(self.subscribe(session, subscribe))
            }
            _ => return (true, before),
        };
        (false, Some(judged))
    }
}

impl Guard {
    async fn sign_in(&self, connect: &ConnectInfo) -> AuthResult {
        let (Some(name), Some(password)) = (connect.username(), connect.password()) else {
            return AuthResult::NotAuthorized;
        };
        if self.accounts.sign_in(name, password) != SignIn::Fits {
            return AuthResult::BadUsernameOrPassword;
        }
        let will = connect.last_will();
        if will.is_some_and(|will| !self.may(name, Action::Publish, will_topic(&will))) {
            return AuthResult::NotAuthorized;
        }
        let entry = self.context.extends.shared().await.entry(connect.id().clone());
        match entry.session() {
            Some(session) if session.id.username_ref() != &**name => AuthResult::NotAuthorized,
            _ => AuthResult::Allow(false, None),
        }
    }

    async fn publish(&self, session: &Session, publish: &Publish) -> PublishAclResult {
        if self.may(session.id.username_ref(), Action::Publish, &publish.topic) {
            return PublishAclResult::allow();
        }
        // MQTT 3.1.1 has no word for "refused": an acknowledgement would say that it was taken.
        let has_no_word =
            !matches!(session.connect_info().await.as_deref(), Ok(ConnectInfo::V5(..)));
        PublishAclResult::rejected(has_no_word, None)
    }

    fn subscribe(&self, session: &Session, subscribe: &Subscribe) -> SubscribeAclResult {
        if self.may(session.id.username_ref(), Action::Subscribe, &subscribe.topic_filter) {
            return SubscribeAclResult::new_success(subscribe.opts.qos(), None);
        }
        SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized)
    }

    fn may(&self, name: &str, action: Action, topic: &str) -> bool {
        self.accounts.may(name, action, topic).unwrap_or(false)
    }
}

fn will_topic<'a>(will: &'a LastWill<'a>) -> &'a str {
    match will {
        LastWill::V3(will) => &will.topic,
        LastWill::V5(will) => &will.topic,
    }
}
