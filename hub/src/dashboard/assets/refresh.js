// Once a minute, while somebody looks, the page's figures are loaded again in place.
setInterval(async () => {
  if (document.hidden || document.activeElement?.tagName === "INPUT") return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (fresh) document.getElementById("main").replaceWith(fresh);
  } catch { /* The link is gone for a while; what stands says how old it is. */ }
}, 60000);
