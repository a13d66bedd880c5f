"""Result sheets written into a package, beside what a user left on them."""
