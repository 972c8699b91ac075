// One step of the Gray-Scott model, u' = Du lap(u) - u v^2 + F (1 - u) and
// v' = Dv lap(v) + u v^2 - (F + k) v, by forward Euler with a step of 1 and the five-point
// Laplacian on cells of width 1. The red channel is u, the green one v; borders are periodic.

constant sampler_t cell =
    CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_NONE | CLK_FILTER_NEAREST;

// Pearson's 2e-5 and 1e-5, on cells of width 2.5 / 256.
constant float2 diffusion = (float2)(0.2097152f, 0.1048576f);

kernel void react(read_only image2d_t from, write_only image2d_t to, float feed, float kill) {
    const int x = get_global_id(0);
    const int y = get_global_id(1);
    const int width = get_global_size(0);
    const int height = get_global_size(1);
    const int left = x == 0 ? width - 1 : x - 1;
    const int right = x == width - 1 ? 0 : x + 1;
    const int up = y == 0 ? height - 1 : y - 1;
    const int down = y == height - 1 ? 0 : y + 1;

    const float2 here = read_imagef(from, cell, (int2)(x, y)).xy;
    const float2 around = read_imagef(from, cell, (int2)(left, y)).xy +
                          read_imagef(from, cell, (int2)(right, y)).xy +
                          read_imagef(from, cell, (int2)(x, up)).xy +
                          read_imagef(from, cell, (int2)(x, down)).xy;

    const float reaction = here.x * here.y * here.y;
    const float2 gain = (float2)(feed * (1.0f - here.x) - reaction,
                                 reaction - (feed + kill) * here.y);
    const float2 next = here + diffusion * (around - 4.0f * here) + gain;
    write_imagef(to, (int2)(x, y), (float4)(next, 0.0f, 1.0f));
}
