# ruff: noqa: E501 (one text, one line)
"""The hosted panel's texts in the buyer's language. English texts are their own keys; what has no translation stays
English, and so do the portal's pages, whose language nobody has chosen."""

from __future__ import annotations

from flask import Flask, g

ZH_HANS = {
    "Account holder": "收款人",
    "Account number": "账号",
    "Amount": "金额",
    "Arrives by": "最晚到账日",
    "A transfer takes one to three bank days. You can close this page; your order waits.": "转账通常需要一至三个工作日。您可以关闭此页面，订单会保留。",
    "Bank": "开户银行",
    "Bank code": "银行代码",
    "Checkout": "收银台",
    "Choose an option": "选择规格",
    "Choose another way to pay": "选择其他支付方式",
    "Apply": "使用",
    "Coupon code": "优惠码",
    "Coupons": "优惠券",
    "There is no such code.": "没有这个优惠码。",
    "This code cannot be used now.": "该优惠码暂不可用。",
    "This code is held by another order that is not paid yet.": "该优惠码正被另一笔未支付的订单占用。",
    "This code was used already.": "该优惠码已被使用。",
    "This code is over.": "该优惠码已过期。",
    "This code was withdrawn.": "该优惠码已作废。",
    "This code is for another buyer.": "该优惠码属于其他买家。",
    "It is over.": "活动已结束。",
    "It has not begun yet.": "活动尚未开始。",
    "It was used up.": "优惠已用完。",
    "Its budget is spent.": "优惠已用完。",
    "You have used it as often as you can.": "您的可用次数已用完。",
    "Nothing in the cart takes part.": "购物车中的商品不适用。",
    "It is for other buyers.": "您不在适用范围内。",
    "It is for a first purchase.": "仅限首次购买使用。",
    "That was tried too often. Please wait a while.": "尝试次数过多，请稍后再试。",
    "Confirming your payment…": "正在确认支付结果…",
    "Continue": "继续",
    "Continue to pay": "继续支付",
    "Continue to payment": "前往支付",
    "Ended on %(end)s": "已于 %(end)s 到期",
    "Free": "免费",
    "Get it for free": "免费领取",
    "From %(start)s until %(end)s": "有效期 %(start)s 至 %(end)s",
    "I have read and accept the %(title)s": "我已阅读并同意%(title)s",
    "No payment method is available at the moment.": "目前没有可用的支付方式。",
    "Not available for this purchase": "暂不可用",
    "Nothing yet": "暂无内容",
    "On its way to you. This page shows it as soon as it is there.": "正在为您发放，到账后将显示在本页面。",
    "Opens the app on this device": "在本机打开应用支付",
    "Opens the payment page on this phone": "在本机打开支付页面",
    "Order": "订单号",
    "Order confirmed": "订单已确认",
    "Paid": "实付",
    "Paid from your balance": "使用余额支付",
    "Pay %(amount)s": "支付 %(amount)s",
    "Pay %(name)s": "向 %(name)s 付款",
    "Payment code for %(amount)s": "%(amount)s 的支付二维码",
    "Payment method": "支付方式",
    "Payment successful": "支付成功",
    "Please accept the terms to continue.": "请先同意相关条款。",
    "Please check what you chose.": "请检查您的选择。",
    "Please choose another payment method.": "请选择其他支付方式。",
    "Please start again from the shop.": "请返回商店重新开始。",
    "Quantity": "数量",
    "Read": "阅读",
    "Reference": "参考号",
    "Scan a code with your phone": "使用手机扫码支付",
    "Scan to pay": "扫码支付",
    "Secured by Bursar": "由 Bursar 提供安全保障",
    "See what you own": "查看已购内容",
    "Send exactly %(amount)s, with the reference as its purpose.": "请准确转账 %(amount)s，并在附言中填写参考号。",
    "Sold out": "已售罄",
    "Taking you to the payment page…": "正在前往支付页面…",
    "Test mode": "测试模式",
    "The answer has not arrived yet. Please do not pay again: this page updates by itself.": "尚未收到支付结果。请勿重复支付，本页面会自动更新。",
    "The payment company refused this payment. Please try another way to pay.": "支付公司拒绝了这笔支付，请更换支付方式。",
    "This way to pay does not work just now. Please try again, or choose another.": "此支付方式暂时不可用，请重试或更换其他方式。",
    "The payment did not go through": "支付未成功",
    "The payment was declined. Please try again or choose another way to pay.": "支付被拒绝，请重试或更换支付方式。",
    "The price has changed. Please look at it again before you pay.": "价格已变动，请确认后再付款。",
    "There is not enough money on this account. Please try another way to pay.": "账户余额不足，请更换支付方式。",
    "There is not enough of this left.": "库存不足。",
    "This card has expired. Please try another way to pay.": "银行卡已过期，请更换支付方式。",
    "This checkout has expired": "本次结账已过期",
    "This checkout was cancelled": "本次结账已取消",
    "This usually takes a few seconds. You can leave this page; nothing gets lost.": "通常只需几秒。您可以离开此页面，支付结果不会丢失。",
    "Subtotal": "小计",
    "This was changed meanwhile, perhaps in another window. Please look at it again.": "内容已在其他窗口中更改，请确认后再付款。",
    "Your order": "您的订单",
    "Remove": "移除",
    "Remove %(name)s": "移除 %(name)s",
    "Quantity of %(name)s": "%(name)s 的数量",
    "Option for %(name)s": "%(name)s 的规格",
    "Not enough left": "库存不足",
    "%(price)s each": "单价 %(price)s",
    "Total": "合计",
    "Transfer the money from your bank": "请通过银行转账付款",
    "Bank details to transfer the money yourself": "自行转账到商户账户",
    "Try again": "重新支付",
    "Update": "更新",
    "We are checking your payment": "正在核实您的支付",
    "What you buy at this shop is shown here.": "您在本店购买的内容会显示在这里。",
    "What you own at %(name)s": "您在 %(name)s 的已购内容",
    "You can start again from the shop.": "您可以返回商店重新开始。",
    "You cancelled the payment. You can try again.": "您取消了支付，可以重试。",
    "You will go to a secure page to pay": "将前往安全页面完成支付",
    "Your payment is already under way.": "您的支付正在进行中。",
    "Your purchase is being prepared…": "正在为您发放购买的内容…",
    "Your purchase is ready.": "您购买的内容已到账。",
    "version %(number)s": "版本 %(number)s",
}
WORDS = {"zh-Hans": ZH_HANS}


def say(text: str) -> str:
    """The text in the language of the page that is being drawn."""
    return WORDS.get(g.get("locale", "en"), {}).get(text, text)


def init_words(app: Flask) -> None:
    """Make `_()` in templates speak the page's language."""

    def say_many(one: str, many: str, count: int) -> str:
        return say(one if count == 1 else many)

    app.jinja_env.install_gettext_callables(say, say_many, newstyle=True)  # type: ignore[attr-defined]
