//! WeChat Pay's page for browsers (`checkmweb`), as the sandbox shows it: the amount, a mark that no money
//! moves, a button, and the way back that the merchant asked for (`redirect_url`).

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;
use serde_json::json;

use super::order::TradeType;
use super::refusal::Refusal;
use crate::app::App;

/// Longest address of the way back, in bytes.
const BACK_LIMIT: usize = 2048;

/// What the address of the page says.
#[derive(Deserialize)]
pub(super) struct Page {
    prepay_id: String,
    /// Where the payer goes afterwards.
    redirect_url: Option<String>,
}

/// The page that `h5_url` leads to.
pub(super) async fn page(
    State(app): State<Arc<App>>,
    Query(page): Query<Page>,
) -> Result<Html<String>, Refusal> {
    app.blocking(move |app| {
        let memory = app.memory();
        let order = memory.book.order_of_prepay(&page.prepay_id);
        let order = order.filter(|order| order.trade_type == TradeType::H5);
        let order = order.ok_or(Refusal::OrderNotExist)?;
        let state = order.trade_state(app.now());
        Ok(Html(html(&page, order.total_fen, state.description())))
    })
    .await
}

fn html(page: &Page, total_fen: i64, state: &str) -> String {
    let call = json!({"prepay_id": page.prepay_id, "openid": "o-h5-payer"}).to_string();
    let back = page.redirect_url.as_deref().filter(|url| is_web(url)).unwrap_or_default();
    let way_back = match back {
        "" => String::new(),
        back => format!(
            "<a id=back data-testid=cashier-back href=\"{}\">返回商户 · Back</a>",
            escaped(back)
        ),
    };
    format!(
        "<!doctype html><html lang=zh-CN><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <link rel=icon href=data:,><title>微信支付(沙箱)</title><style>{STYLE}</style>\
         <main><p id=mark data-testid=sandbox-mark role=note>沙箱收银台：不会扣真钱<br>\
         <span lang=en>Sandbox cashier: no real money moves</span></p>\
         <h1>¥{yuan}.{fen:02}</h1><p id=state role=status>{state}</p>\
         <button id=pay data-testid=cashier-confirm data-call=\"{call}\">确认支付 · Pay</button>{way_back}</main>\
         <script>{SCRIPT}</script>",
        yuan = total_fen / 100,
        fen = total_fen % 100,
        state = escaped(state),
        call = escaped(&call),
    )
}

const STYLE: &str = "body{margin:0;background:#f2f3f5;color:#15201f;font:16px/1.5 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif}\
    main{max-width:420px;margin:0 auto;padding:24px 16px;text-align:center}\
    #mark{margin:0 0 24px;padding:12px;border:2px dashed #a86500;border-radius:12px;background:#fff6e5;color:#7a4a00}\
    h1{margin:0;font-size:44px}#state{min-height:24px;margin:8px 0 24px;color:#51605f}\
    button,a{display:block;box-sizing:border-box;width:100%;min-height:48px;padding:11px 16px;border:0;border-radius:12px;\
    font:inherit;text-decoration:none}button{background:#067a3e;color:#fff}button:disabled{background:#6b7472}\
    a{margin-top:12px;background:#fff;color:#0b6e6e}";

/// Pays once, says what came of it, and goes back after a payment that went through.
const SCRIPT: &str = "const pay=document.getElementById('pay'),state=document.getElementById('state'),\
    back=document.getElementById('back');pay.onclick=async()=>{pay.disabled=true;state.textContent='正在支付…';try{\
    const a=await fetch('/cashier/h5',{method:'POST',body:pay.dataset.call});\
    state.textContent=a.ok?'支付成功':(await a.json()).message;if(a.ok){if(back)setTimeout(()=>location.replace(back.href),1500)}\
    else pay.disabled=false}catch{state.textContent='网络不通，请重试';pay.disabled=false}}";

/// Whether an address leads to a page, and not to a script.
fn is_web(url: &str) -> bool {
    url.len() <= BACK_LIMIT && (url.starts_with("https://") || url.starts_with("http://"))
}

/// A text inside an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(redirect_url: Option<&str>) -> String {
        let redirect_url = redirect_url.map(str::to_owned);
        html(&Page { prepay_id: "wx1".into(), redirect_url }, 305, "订单未支付")
    }

    #[test]
    fn the_page_says_what_is_paid_and_that_it_is_a_sandbox() {
        let page = shown(None);
        for part in ["<h1>¥3.05</h1>", "沙箱收银台", "no real money", "订单未支付", "id=pay"]
        {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("id=back"), "nobody asked for a way back");
    }

    #[test]
    fn the_way_back_leads_to_a_page_and_breaks_out_of_nothing() {
        let page = shown(Some("http://127.0.0.1:8080/pages/park/bill?order=1&paid=\"><script>"));
        assert!(page.contains(
            "href=\"http://127.0.0.1:8080/pages/park/bill?order=1&amp;paid=&quot;&gt;&lt;script&gt;\""
        ));
        for wrong in ["javascript:alert(1)", "data:text/html,x", "/relative"] {
            assert!(!shown(Some(wrong)).contains("id=back"), "{wrong}");
        }
        let endless = format!("https://shop.example/{}", "a".repeat(BACK_LIMIT));
        assert!(!shown(Some(&endless)).contains("id=back"));
    }
}
