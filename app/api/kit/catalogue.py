"""Each error code that a JSON route may answer: its status, its title, and what the caller should do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorKind:
    """One stable error code of the API."""

    code: str
    status: int
    title: str
    advice: str


_KINDS = (
    # The request as such
    ErrorKind("malformed_body", 400, "Malformed body", "Send valid UTF-8 JSON with an object at the top."),
    ErrorKind("bad_request", 400, "Bad request", "The request could not be read as HTTP; check how it is built."),
    ErrorKind("idempotency_key_missing", 400, "Idempotency-Key missing",
              "Send a new random key for each action in the Idempotency-Key header; repeat it on retries."),
    ErrorKind("idempotency_key_invalid", 400, "Idempotency-Key invalid", "Use 8 to 255 visible ASCII characters."),
    ErrorKind("unauthenticated", 401, "Not authenticated", "Send a valid key: Authorization: Bearer sk_test_…"),
    ErrorKind("denied", 403, "Not allowed", "This key lacks the permission named in the error. Use a key that "
        "has it."),
    ErrorKind("origin_denied", 403, "Origin not allowed", "Add the page's origin to the business's allowed origins."),
    ErrorKind("return_url_denied", 422, "Return address not allowed",
              "Use a page on one of the business’s allowed origins, or set the session’s return_url on your server."),
    ErrorKind("not_found", 404, "Not found", "The object or URL does not exist in this business."),
    ErrorKind("method_not_allowed", 405, "Method not allowed", "Use one of the methods in the Allow header."),
    ErrorKind("not_acceptable", 406, "Not acceptable", "Responses are application/json only."),
    ErrorKind("request_timeout", 408, "Request too slow",
              "Send the whole request within ten seconds; send large bodies at 16 kB per second or faster."),
    ErrorKind("body_too_large", 413, "Body too large", "Send at most 256 kB of JSON, or a file within the limit "
        "of its endpoint."),
    ErrorKind("unsupported_media_type", 415, "Unsupported media type",
              "Send Content-Type: application/json, a file as multipart/form-data."),
    ErrorKind("invalid_parameter", 422, "Invalid parameter",
              "Correct the fields listed under `errors`. Nothing was changed."),
    ErrorKind("invalid_cursor", 422, "Invalid cursor", "Pass the previous page’s next_cursor unchanged."),
    ErrorKind("idempotency_key_reused", 422, "Idempotency-Key reused",
              "The key was used with another body. Use a new key for a new action."),
    ErrorKind("idempotency_in_flight", 409, "Request in progress",
              "The first request with this key is still running. Wait a moment, then retry with the same key."),
    ErrorKind("head_too_large", 431, "Headers too large", "Send at most 100 headers and 32 kB in total."),
    ErrorKind("rate_limited", 429, "Too many requests", "Wait for the number of seconds in Retry-After."),
    ErrorKind("internal", 500, "Internal error",
              "Retry with the same Idempotency-Key. If the error persists, report the request ID."),
    ErrorKind("unavailable", 503, "Temporarily unavailable",
              "Retry with the same Idempotency-Key after Retry-After seconds."),
    ErrorKind("storage", 503, "Storage full",
              "The server cannot write; reads still work. Nothing was changed. Retry with the same "
              "Idempotency-Key after Retry-After seconds."),
    # Buying
    ErrorKind("api_key_invalid", 401, "API key invalid",
              "Use an active key: a secret key on a server, a publishable key in a page."),
    ErrorKind("invalid_origin", 422, "Invalid origin",
              "Send the scheme and host of your pages, such as https://shop.example."),
    ErrorKind("too_many_origins", 409, "Too many origins", "Remove one first."),
    ErrorKind("invalid_note", 422, "Invalid note", "Send 1 to 4,000 characters."),
    ErrorKind("unknown_version", 400, "Unknown version", "Send an existing Bursar-Version, or none."),
    ErrorKind("api_key_expired", 401, "API key expired", "Use the key that replaced it, or create a new one."),
    ErrorKind("address_denied", 403, "Address not allowed",
              "Call from an allowed address, or add this address to the key."),
    ErrorKind("invalid_key", 422, "Invalid key", "Set a name, a kind and, optionally, an expiry date in the future."),
    ErrorKind("invalid_scope", 422, "Invalid scope",
              "Set at least one valid scope for a restricted key, and none for other keys."),
    ErrorKind("invalid_address", 422, "Invalid address", "Send addresses or networks, such as 203.0.113.0/24."),
    ErrorKind("too_many_keys", 409, "Too many keys", "Revoke one first; a business can have at most 200."),
    ErrorKind("key_inactive", 409, "Key no longer valid", "It was revoked, rolled or has expired. Create a new one."),
    ErrorKind("too_many_streams", 503, "Too many streams", "Poll the snapshot every few seconds instead."),
    ErrorKind("link_opened", 401, "Link already used", "Open a new checkout session, or one with `reusable_link`."),
    ErrorKind("client_secret_invalid", 401, "Client secret invalid", "Open a new checkout session for the buyer."),
    ErrorKind("not_on_sale", 409, "Not on sale", "Offer another product, or publish this one."),
    ErrorKind("out_of_stock", 409, "Out of stock", "Offer a smaller quantity or another SKU."),
    ErrorKind("quantity_not_allowed", 422, "Quantity not allowed", "Keep the quantity within `details.max` per "
        "order."),
    ErrorKind("buyer_limit", 409, "Limit per buyer", "Offer at most `details.left` units to this buyer."),
    ErrorKind("wrong_product", 422, "Wrong product", "Choose a SKU of the session's product."),
    ErrorKind("wrong_currency", 422, "Wrong currency", "Choose a SKU with a price in the session’s currency."),
    ErrorKind("unknown_split_strategy", 503, "Orders cannot be split",
              "Reinstall the package with this split strategy, or choose another one in the portal."),
    ErrorKind("sku_twice", 422, "Duplicate SKU", "Combine all units of a SKU in one line."),
    ErrorKind("line_needed", 422, "Line needed", "Identify the line by its `key` in `lines`."),
    ErrorKind("last_line", 422, "Last line", "Keep at least one line, or cancel the session."),
    ErrorKind("no_such_line", 404, "No such line", "Render the session’s current `lines`; this one was removed."),
    ErrorKind("session_changed", 409, "Session changed", "Show the buyer the current session, then retry."),
    ErrorKind("mixed_currencies", 422, "Mixed currencies", "Place one order per currency."),
    ErrorKind("amount_too_large", 422, "Amount too large", "Keep the order’s total within 99,999,999,999 minor "
        "units."),
    ErrorKind("agreement_required", 422, "Agreement required", "Send the ID and hash of every text in `agreements`."),
    ErrorKind("no_price", 409, "No price", "Set a price in `details.currency`, or sell in another currency."),
    ErrorKind("too_many_declines", 429, "Too many declined payments",
              "Wait for the number of seconds in Retry-After, then let the buyer retry."),
    ErrorKind("means_declined", 429, "Card or account declined too often",
              "This card or account was declined too often. Wait for the number of seconds in Retry-After."),
    ErrorKind("declines_exhausted", 429, "No more payment attempts",
              "This order accepts no payments for a day. The buyer should contact you."),
    ErrorKind("too_many_codes", 429, "Too many codes", "Wait for the number of seconds in Retry-After."),
    ErrorKind("invalid_promotion", 422, "Invalid promotion", "Correct the discount; the detail says why."),
    ErrorKind("invalid_coupon", 422, "Invalid coupon", "Correct `details.param`; the detail says why."),
    ErrorKind("too_many_promotions", 409, "Too many promotions", "End or pause an active one first."),
    ErrorKind("invalid_agreement", 422, "Invalid agreement", "Correct the field named in `param`; the detail "
        "says why."),
    ErrorKind("draft_changed", 409, "Draft changed", "Read the draft again; it was saved or published since."),
    ErrorKind("coupon_code_taken", 409, "Code taken", "Choose another shared code, or end the template that uses "
        "it."),
    ErrorKind("coupon_not_issued", 409, "Not issued", "Issue coupons from an active template without a shared code."),
    ErrorKind("coupon_quota_spent", 409, "Quota used up", "Issue at most `details.left` more."),
    ErrorKind("too_many_coupon_templates", 409, "Too many templates", "End templates you no longer need."),
    ErrorKind("invalid_batch", 422, "Invalid batch", "Create 1 to 10,000 codes at a time."),
    ErrorKind("coupon_refused", 409, "Coupon refused", "Remove the code; `details.reason` says why."),
    ErrorKind("price_changed", 409, "Price changed", "Show the buyer the session’s current total, then confirm "
        "again."),
    ErrorKind("channel_unavailable", 422, "Payment method unavailable", "Choose another `payment_methods` entry."),
    ErrorKind("request_unsupported", 422, "Not supported by this payment method",
              "The payment company does not support this; `details.reason` says why. No payment was started."),
    ErrorKind("payment_method_mismatch", 409, "Price for another payment method",
              "Pay with one of `details.channels`, or cancel the order and place it again."),
    ErrorKind("unknown_channel", 422, "Unknown channel", "Choose one of the session's `payment_methods`."),
    ErrorKind("configuration_inactive", 409, "Configuration turned off",
              "Turn on the checkout configuration in the portal, or use another one."),
    ErrorKind("configuration_archived", 409, "Configuration archived", "Restore it first."),
    ErrorKind("coupons_closed", 409, "Codes not accepted", "Accept codes only if `coupons_open` is true."),
    ErrorKind("session_closed", 409, "Session ended", "Open a new checkout session."),
    ErrorKind("session_expired", 409, "Session expired", "Open a new checkout session."),
    ErrorKind("already_ordered", 409, "Order already placed", "Cancel the order to choose other items."),
    ErrorKind("payment_in_progress", 409, "Payment in progress", "Wait until the payment is final, then retry."),
    ErrorKind("not_reserved", 409, "Not reserved",
              "The seller’s system did not respond, or responded with an error, and nothing was ordered. Retry with a "
              "new Idempotency-Key."),
    # Orders and refunds
    ErrorKind("order_state", 409, "Wrong order state", "Read the order again; its state does not allow this "
        "action."),
    ErrorKind("order_expired", 409, "Order expired", "Open a new checkout session."),
    ErrorKind("illegal_state", 409, "Wrong state", "Read the object again; its state does not allow "
        "this action."),
    ErrorKind("version_conflict", 409, "Conflict", "Read the object again and retry."),
    ErrorKind("approval_needed", 403, "Approval needed",
              "Another person must approve this amount; see approval_id. Retry with the same key after approval."),
    ErrorKind("key_without_person", 403, "Key without principal",
              "Roll the key in the portal and use the new one. Actions that need approval require a principal."),
    ErrorKind("already_requested", 409, "Already requested", "This is already waiting for approval."),
    ErrorKind("reason_needed", 422, "Reason required", "Describe your evidence."),
    ErrorKind("approval_refused", 409, "Not approved",
              "It was rejected, expired or failed; no money moved. Use a new key for a new request."),
    ErrorKind("not_refundable", 409, "Not refundable", "This order has nothing left to refund."),
    ErrorKind("refund_exceeds_rest", 409, "Refund too large", "Refund at most `details.refundable_minor`."),
    ErrorKind("invalid_amount", 422, "Invalid amount", "Send a whole number greater than zero, in minor units."),
    # Channels
    ErrorKind("invalid_settings", 422, "Invalid settings",
              "Correct the settings listed under `errors`; `/v1/channels` lists each channel’s settings."),
    ErrorKind("test_channel_on_live", 422, "Test mode only", "Choose another channel for a live business."),
    ErrorKind("name_taken", 409, "Name taken", "Another account of this channel has this name. Choose another."),
    ErrorKind("not_a_payment_company", 422, "Nothing to test", "Only accounts at payment companies can be tested."),
    ErrorKind("invalid_range", 422, "Invalid range", "The maximum amount must not be below the minimum."),
    ErrorKind("too_many_rules", 422, "Too many rules", "Remove one first; a business can have at most 100."),
    ErrorKind("invalid_hours", 422, "Invalid hours", "Send both `from_time` and `until_time`, or neither."),
    ErrorKind("no_target", 422, "No target", "Give at least one account a weight from 1 to 1,000."),
    ErrorKind("nothing_open", 409, "Already resolved", "Read the reservation again; it is already resolved."),
    # Wallets
    ErrorKind("insufficient_funds", 402, "Insufficient balance", "Use at most `details.available_minor`, or top up."),
    ErrorKind("release_exceeds_hold", 409, "Release too large", "Release at most `details.left_minor`."),
    ErrorKind("wallet_not_allowed", 403, "Wallet not allowed",
              "Open the session with `buyer.signed_in` if you have authenticated this buyer in the browser."),
    ErrorKind("same_wallet", 422, "Same wallet", "Name two different buyers: a sender and a receiver."),
    ErrorKind("insufficient_points", 409, "Not enough points", "Deduct at most `details.balance`."),
    ErrorKind("invalid_points", 422, "Invalid points", "Grant or deduct 1 to 1,000,000,000 points."),
    # Products
    ErrorKind("unknown_category", 422, "Unknown category", "Create the category first, or send another code."),
    ErrorKind("invalid_code", 422, "Invalid code", "Use lowercase letters, digits, - and _."),
    ErrorKind("invalid_name", 422, "Invalid name", "Send 1 to 120 characters."),
    ErrorKind("too_many_categories", 409, "Too many categories", "Keep to 500 categories on four levels."),
    ErrorKind("category_not_empty", 409, "Category has subcategories", "Remove its subcategories first."),
    ErrorKind("image_type", 422, "Kind of image", "Send JPEG, PNG, WebP or GIF. SVG is not supported."),
    ErrorKind("image_too_large", 422, "Image too large", "Send at most 8 MB and 30 million pixels."),
    ErrorKind("image_damaged", 422, "Image damaged", "The file is cut off or broken; save the image again."),
    ErrorKind("too_many_images", 409, "Too many images", "Remove one first; a product can have at most 10."),
    ErrorKind("invalid_alt", 422, "No description", "Describe the image for those who cannot see it."),
    ErrorKind("invalid_place", 422, "Invalid position", "Send a position from 1 to the number of images."),
    ErrorKind("stock_reserved", 409, "Stock is reserved", "Keep at least as many units as open orders reserve."),
    ErrorKind("too_many_skus", 409, "Too many SKUs", "Create another product; a product can have at most 100 SKUs."),
    ErrorKind("too_many_prices", 409, "Too many prices", "End some first; a SKU can have at most 200 prices."),
    ErrorKind("invalid_window", 422, "Invalid time", "The end must be after the start and not in the past."),
    ErrorKind("invalid_options", 422, "Invalid options", "Name each option and value once, with at most 100 "
        "combinations."),
    ErrorKind("invalid_specification", 422, "Invalid specification", "Send a value for each option of the product."),
    ErrorKind("specification_taken", 409, "Specification taken", "Update the SKU that already has this combination."),
    ErrorKind("invalid_limit", 422, "Invalid limit", "Send limits that do not contradict each other, or null."),
    ErrorKind("invalid_attributes", 422, "Invalid attributes", "Send at most 30, each with a name and a value."),
    ErrorKind("invalid_appearance", 422, "Invalid appearance", "Correct `details.param`; the detail says why."),
    ErrorKind("unknown_currency", 422, "Unknown currency", "Send an ISO 4217 code, such as USD."),
    ErrorKind("code_taken", 409, "Code taken", "Codes are unique within a business. Choose another."),
    ErrorKind("unknown_delivery_kind", 422, "Unknown delivery kind", "Use one of the documented kinds."),
    ErrorKind("stock_is_counted", 422, "Stock comes from keys", "Add licence keys to the pool instead."),
    ErrorKind("invalid_keys", 422, "Invalid keys", "Send 1 to 5,000 keys of at most 1,000 characters."),
    ErrorKind("key_not_free", 409, "Key not free", "Only unsold keys can be removed."),
    ErrorKind("other_delivery", 409, "Different delivery kind", "Create a product of the kind you want."),
    ErrorKind("no_delivery_url", 409, "No URL to call", "Set the URL of your system first."),
    ErrorKind("no_participant", 409, "No merchant system", "Set the merchant system first."),
    ErrorKind("reservations_open", 409, "Reservations are open", "Wait until nothing is held there, or finalise it."),
    ErrorKind("unknown_split", 422, "Unknown split strategy", "Choose a strategy listed by `/v1/order_splitting`."),
    ErrorKind("no_files", 409, "No files", "Add a file before publishing the product."),
    ErrorKind("file_too_large", 413, "File too large", "Send at most 512 MB."),
    ErrorKind("too_many_files", 409, "Too many files", "A product has at most 100 files."),
    ErrorKind("invalid_file", 422, "Invalid file", "Send a non-empty file within the size limit."),
    ErrorKind("invalid_list", 422, "Invalid list", "Send valid filters, columns and an IANA time zone."),
    ErrorKind("too_many_orders", 422, "Too many orders", "Send at most 1,000 orders, or narrow the filters."),
    ErrorKind("too_many_views", 409, "Too many views", "Remove one first; keys can save at most 50 views per list."),
    ErrorKind("too_many_chats", 409, "Too many chats", "Remove one first; a business can have at most 10."),
    ErrorKind("too_many_exports", 409, "Too many exports", "Wait until one of your exports is done."),
    ErrorKind("export_not_ready", 409, "Export not ready", "Poll the export until it is `done`."),
    ErrorKind("invalid_stock", 422, "Invalid stock", "Send a change or a new value that differs from the current "
        "one."),
    ErrorKind("invalid_deliverable", 422, "Invalid deliverable",
              "Send only fields of this delivery kind, within the documented ranges."),
    ErrorKind("invalid_email", 422, "Invalid email address", "Send one address such as ada@people.example."),
    ErrorKind("invalid_buyer", 422, "Invalid buyer",
              "Identify the buyer by exactly one of `buyer_reference`, `buyer_email` or `buyer_phone`."),
    ErrorKind("buyer_has_orders", 409, "Buyer has orders",
              "This buyer has an open order. Complete, refund or close it first."),
    ErrorKind("buyer_has_money", 409, "Buyer has money", "Pay out the buyer’s wallet first."),
    ErrorKind("erasure_needs_person", 403, "Erasure needs a person",
              "A key can only request it; a person must approve. If you are the only member, erase the buyer in "
              "the portal."),
    ErrorKind("second_person_left", 409, "Second person removed",
              "Another owner was removed recently. Wait until seven days have passed, or add another member."),
    ErrorKind("currency_not_accepted", 422, "Currency not accepted",
              "Use one of `details.currencies`, or add the currency to the settings of the business."),
    ErrorKind("refund_window_over", 409, "Refund window over",
              "The order was paid more than `details.refund_window_days` ago; the business refunds it no more."),
    ErrorKind("refund_reason_unknown", 422, "Unknown refund reason", "Send one of `details.reasons`."),
    ErrorKind("invalid_tax_rate", 422, "Invalid tax rate", "Send a country, a name, and a rate of 0 to 10000 bps."),
    ErrorKind("too_many_tax_rates", 409, "Too many tax rates", "End one first; 500 can be in force."),
    ErrorKind("unknown_setting", 422, "Unknown setting", "Send settings that `GET /v1/business` names."),
    ErrorKind("invalid_setting", 422, "Invalid setting",
              "Keep `param` within the bounds of the reference of business settings. Nothing was changed."),
    ErrorKind("settings_conflict", 409, "Settings changed meanwhile",
              "Compare `details.changes`, then send your change with `details.version`."),
    ErrorKind("invalid_retention", 422, "Invalid retention",
              "Send kinds and days within the bounds in `GET /v1/privacy/retention`."),
    ErrorKind("buyer_erased", 409, "Buyer erased", "This buyer was erased. Use a new reference."),
    ErrorKind("already_in_team", 409, "Already a member", "Change the member’s role instead."),
    ErrorKind("beyond_own_role", 403, "Exceeds own role",
              "You can grant only permissions you have. Only owners can add or remove owners, in the portal."),
    ErrorKind("last_owner", 409, "Last owner", "Make another member an owner in the portal first."),
    ErrorKind("invitation_accepted", 409, "Invitation accepted", "Remove the member instead."),
    ErrorKind("too_many_requests", 429, "Too many invitations", "Wait an hour before you send more invitations."),
    ErrorKind("invalid_role", 422, "Invalid role", "Send a name that is not built in, and at least one permission."),
    ErrorKind("invalid_limit", 422, "Invalid limit", "Set limits of zero or more for refunds, payouts or "
        "withdrawals."),
    ErrorKind("role_exists", 409, "Role exists", "Choose another name, or update the existing role."),
    ErrorKind("role_in_use", 409, "Role in use", "Give its people another role first, and revoke invitations to it."),
    ErrorKind("too_many_roles", 409, "Too many roles", "Remove unused roles first."),
    ErrorKind("invalid_url", 422, "Invalid URL", "Send an https:// URL with a host and without a password."),
    ErrorKind("unknown_event_type", 422, "Unknown event", "Use types from /v1/event_types, `order.*` or `*`."),
    ErrorKind("too_many_endpoints", 409, "Too many endpoints", "Remove one first; a business can have at most 50."),
    ErrorKind("invalid_overlap", 422, "Invalid overlap", "Keep the old secret valid for at most one week."),
    ErrorKind("too_long_ago", 409, "Too long ago", "Start within the last 30 days; read /v1/events for older "
        "events."),
    ErrorKind("nothing_to_sell", 409, "Nothing to sell", "Add an active SKU before publishing the product."),
)  # fmt: skip

CATALOGUE: dict[str, ErrorKind] = {kind.code: kind for kind in _KINDS}

_BY_STATUS = {
    400: "bad_request", 401: "unauthenticated", 403: "denied", 404: "not_found", 405: "method_not_allowed",
    406: "not_acceptable", 413: "body_too_large", 415: "unsupported_media_type", 422: "invalid_parameter",
    429: "rate_limited", 500: "internal", 503: "unavailable",
}  # fmt: skip


def kind_for(code: str, status: int) -> ErrorKind:
    """The kind of a code; a code that is not in the catalogue takes the title of its status."""
    if code in CATALOGUE:
        return CATALOGUE[code]
    general = CATALOGUE.get(_BY_STATUS.get(status, ""))
    return ErrorKind(code, status, general.title if general else "Error", general.advice if general else "")


def code_for_status(status: int) -> str:
    """The code for an HTTP error that has no code of its own."""
    return _BY_STATUS.get(status, "bad_request" if status < 500 else "internal")
