//! What the ear gets where the eye's form garbles.
