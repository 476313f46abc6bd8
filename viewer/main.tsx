// Wires the page: what the address names is shown.
import { render } from "preact";
import { Page } from "./ui/page.tsx";

const place = document.getElementById("page");
if (place !== null) render(<Page path={location.pathname} />, place);
