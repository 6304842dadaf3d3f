"use strict";

// Signs in by authorization code with PKCE (RFC 7636), creates the user, gets an access token and renews it before it ends.
// Tokens are kept in memory alone: a reload signs out.

const { clientId, authority, scope } = document.body.dataset;
const redirectUri = `${location.origin}/trusted`;
const RENEWED_BEFORE_END_MS = 10 * 60 * 1000;
const SOON_MS = 10 * 1000;
const ASKED_AGAIN_MS = 5 * 1000;
const LEEWAY_MS = 60 * 1000;

const element = (id) => document.getElementById(id);
const session = { entra: null, expiresOn: null, renewsAt: null, timer: 0, clock: 0, count: 0 };

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function say(text) {
  element("status").textContent = text;
}

function complain(error) {
  element("error").textContent = error.message;
}

/** Carries out a step; whatever is wrong is told. */
async function step(work) {
  element("error").textContent = "";
  try {
    await work();
  } catch (error) {
    complain(error);
  }
}

async function signIn() {
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem("trusted.sign-in", JSON.stringify({ verifier, state }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`${authority}/authorize?${query}`);
}

/** What the sign-in page sent back, taken out of the address and used once. */
async function returned() {
  const query = new URLSearchParams(location.search);
  const begun = JSON.parse(sessionStorage.getItem("trusted.sign-in") ?? "null");
  if (!query.has("code") && !query.has("error")) {
    return;
  }
  sessionStorage.removeItem("trusted.sign-in");
  history.replaceState(null, "", redirectUri);
  if (query.has("error")) {
    throw new Error(query.get("error_description") ?? query.get("error"));
  }
  if (begun === null || query.get("state") !== begun.state) {
    throw new Error("This sign-in was not begun here. Sign in again.");
  }
  await redeem({ grant_type: "authorization_code", code: query.get("code"), redirect_uri: redirectUri, code_verifier: begun.verifier });
  await createUser();
  await renew("got");
}

async function redeem(grant) {
  const body = new URLSearchParams({ client_id: clientId, scope, ...grant });
  const reply = await fetch(`${authority}/token`, { method: "POST", body });
  const answer = await reply.json();
  if (!reply.ok) {
    throw new Error(answer.error_description ?? answer.error);
  }
  session.entra = {
    token: answer.access_token,
    refresh: answer.refresh_token,
    endsAt: Date.now() + answer.expires_in * 1000,
  };
}

/** The user's own token, renewed by its refresh token when it is about to end. */
async function entraToken() {
  if (session.entra.endsAt - Date.now() < LEEWAY_MS) {
    await redeem({ grant_type: "refresh_token", refresh_token: session.entra.refresh });
  }
  return session.entra.token;
}

async function api(method, path) {
  const reply = await fetch(path, { method, headers: { authorization: `Bearer ${await entraToken()}` } });
  const body = reply.status === 204 ? null : await reply.json();
  if (!reply.ok) {
    throw new Error(body.reason ?? body.message);
  }
  return { status: reply.status, body };
}

async function createUser() {
  const { status, body } = await api("POST", "/api/user");
  element("identity").textContent = body.acsUserIdentity;
  element("identity-origin").textContent = status === 201 ? "created now" : "there already";
  element("signed-out").hidden = true;
  element("signed-in").hidden = false;
}

async function renew(how) {
  clearTimeout(session.timer);
  let wait = ASKED_AGAIN_MS;
  try {
    const { body } = await api("GET", "/api/token");
    show(body, how);
    wait = null;
  } finally {
    schedule(wait);
  }
}

function show({ token, expiresOn }, how) {
  session.expiresOn = new Date(expiresOn);
  const signature = token.slice(token.lastIndexOf(".") + 1);
  element("token").textContent = `${token.slice(0, 12)}… (signature …${signature.slice(-12)})`;
  element("token").dataset.signature = signature.slice(-12);
  moment("expires-on", session.expiresOn);
  if (how !== "got") {
    session.count += 1;
  }
  element("renewal-count").textContent = String(session.count);
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = new Date().toISOString();
  time.textContent = new Date().toLocaleTimeString();
  item.append(time, ` ${how === "got" ? "got the first token" : `renewed, ${how}`}`);
  element("renewals").append(item);
  say(how === "got" ? "You are signed in and have an access token." : `The access token was renewed, ${how}.`);
}

/** Sets the timer of the next renewal: before the token ends, or soon after one that failed. */
function schedule(wait) {
  clearTimeout(session.timer);
  const before = session.expiresOn === null ? 0 : session.expiresOn - Date.now() - RENEWED_BEFORE_END_MS;
  const regular = element("renewal").value === "soon" ? SOON_MS : before;
  const delay = Math.max(wait ?? regular, 1000);
  session.renewsAt = new Date(Date.now() + delay);
  moment("renews-at", session.renewsAt);
  session.timer = setTimeout(() => step(() => renew("by the timer")), delay);
  count();
}

function moment(id, date) {
  element(id).dateTime = date.toISOString();
  element(id).textContent = date.toLocaleString();
}

function count() {
  const seconds = Math.max(0, Math.round((session.renewsAt - Date.now()) / 1000));
  element("renews-in").textContent = seconds >= 120 ? `in ${Math.round(seconds / 60)} minutes` : `in ${seconds} seconds`;
}

function signOut() {
  clearTimeout(session.timer);
  clearInterval(session.clock);
  location.replace(redirectUri);
}

element("sign-in").addEventListener("click", () => step(signIn));
element("renew").addEventListener("click", () => step(() => renew("by the button")));
element("renewal").addEventListener("change", () => schedule(null));
element("sign-out").addEventListener("click", signOut);
element("delete-user").addEventListener("click", () =>
  step(async () => {
    await api("DELETE", "/api/user");
    signOut();
  }),
);
session.clock = setInterval(() => session.renewsAt !== null && count(), 1000);
step(returned);
