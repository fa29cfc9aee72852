// Makes pages nicer; every page works without it. One small module per attribute.
import { startConfirming } from "./confirm.js";
import { startCopying } from "./copy.js";
import { startFetching } from "./fragments.js";
import { startAutosubmit, startUnsavedWarning, focusFirstError } from "./forms.js";
import { startMenus } from "./menus.js";
import { startCountingSegments } from "./segments.js";
import { startSelecting } from "./selection.js";

startConfirming();
startCopying();
startFetching();
startAutosubmit();
startUnsavedWarning();
startMenus();
startSelecting();
startCountingSegments();
focusFirstError();
