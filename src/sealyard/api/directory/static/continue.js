// Presses the one button of the page, for browsers that run scripts; others show it.
document.forms[0].submit();
